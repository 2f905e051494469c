/** Thrown when the user interrupts a command that keeps what it has done; the message says what, and where. */
export class Interrupted extends Error {}
