/** What static/js uses of KaTeX. */
interface TreeNode {
  attributes?: Record<string, string>
  children?: TreeNode[]
  toNode(): Node
}
declare const katex: { __renderToDomTree(tex: string, options: object): TreeNode }
export default katex
