const FILE = /\.(gguf|ggml|bin|safetensors)$/i
const PART = /-\d{5}-of-\d{5}$/
const PATH = /^(?:[A-Za-z]:)?[\\/]|^\.{1,2}[\\/]|^~[\\/]|\\/

/**
 * The name of a model, as chatapp/providers/model_names.py has it: of a file the name without its folders, which concern
 * nobody, and without its ending.
 * @param {string} model
 */
export function displayName(model) {
  const isFile = PATH.test(model) || FILE.test(model)
  const name = isFile
    ? model
        .replace(/[\\/]+$/, "")
        .split(/[\\/]/)
        .at(-1)
    : model
  return name.replace(FILE, "").replace(PART, "") || model
}
