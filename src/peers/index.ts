// Who we are connected to, and who we would like to be.
export { AddressBook, peerOf } from './address-book.ts'
export type { HelloProblem } from './hello.ts'
export { HELLO_VERSION, helloProtocol, judgeHello, SALT_BYTES } from './hello.ts'
export type { Peer, PeerManagerComponents, PeerManagerInit } from './peer-manager.ts'
export { PeerManager } from './peer-manager.ts'
