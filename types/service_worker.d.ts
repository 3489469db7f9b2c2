/** The globals of static/js/service_worker.js. The server writes SHELL above the file. */
declare const SHELL: { version: string; edition: string; page: string; files: string[] }
declare const registration: ServiceWorkerRegistration
declare function skipWaiting(): Promise<void>
