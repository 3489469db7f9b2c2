/** What static/js uses of socket.io-client. */
export interface Socket {
  readonly connected: boolean
  readonly active: boolean
  connect(): this
  disconnect(): this
  emit(name: string, payload: object, ack: (ack: any) => void): this
  on(name: string, listener: (value?: any) => void): this
  onAny(listener: (name: any, payload: any) => void): this
}
export function io(options: object): Socket
