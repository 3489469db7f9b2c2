/**
 * POST a file; unlike `fetch`, XMLHttpRequest tells how much has been sent. Rejects without a response.
 * @param {string} path
 * @param {Blob} body
 * @param {{ type: string, sent: (part: number) => void, signal: AbortSignal, Request?: typeof XMLHttpRequest }} options
 * @returns {Promise<{ status: number, text: string }>}
 */
export function upload(path, body, { type, sent, signal, Request = XMLHttpRequest }) {
  return new Promise((resolve, reject) => {
    const request = new Request()
    request.open("POST", path)
    request.setRequestHeader("Content-Type", type)
    request.upload.addEventListener("progress", ({ loaded, total }) => sent(total > 0 ? loaded / total : 0))
    request.upload.addEventListener("load", () => sent(1))
    request.addEventListener("load", () => resolve({ status: request.status, text: request.responseText }))
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, () => reject(new Error(end)))
    signal.addEventListener("abort", () => request.abort(), { once: true })
    request.send(body)
  })
}
