/** Socket: the one connection to the program. It comes back by itself, and says so. */

const PREVIEW = 1;
const INSET = 2;
const PAUSES_MS = [300, 700, 1500, 3000];

export class Socket {
  /**
   * @param onMessage (message) for each JSON message; a shot has its picture in `blob`.
   * @param onLink ("open" | "lost" | "old") when the connection changes; "old": this address is not valid any more.
   */
  constructor(onMessage, onLink) {
    Object.assign(this, { onMessage, onLink, tries: 0, shot: null, socket: null });
    this.open();
    window.addEventListener("online", () => this.open());
  }

  open() {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.timer);
    const address = new URL("ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      this.tries = 0;
      this.onLink("open");
    });
    socket.addEventListener("message", ({ data }) => this.take(data));
    socket.addEventListener("close", () => this.closed(socket));
    this.socket = socket;
  }

  take(data) {
    if (typeof data !== "string") return this.takePicture(data);
    const message = JSON.parse(data);
    if (message.type === "shot") this.shot = message;
    else this.onMessage(message);
    return undefined;
  }

  takePicture(data) {
    const kind = new Uint8Array(data, 0, 1)[0];
    const blob = new Blob([new Uint8Array(data, 1)], { type: "image/jpeg" });
    if (kind === INSET) this.onMessage({ type: "inset", blob });
    else if (kind === PREVIEW && this.shot) {
      this.onMessage({ ...this.shot, blob });
      this.shot = null;
    }
  }

  closed(socket) {
    if (socket !== this.socket) return;
    this.shot = null;
    this.onLink("lost");
    this.timer = setTimeout(() => this.comeBack(), PAUSES_MS[Math.min(this.tries++, PAUSES_MS.length - 1)]);
  }

  /** A new program has a new address: then this page is of no use any more. */
  async comeBack() {
    try {
      const answer = await fetch(new URL("./", location.href), { cache: "no-store" });
      if (answer.status === 404 || answer.status === 403) this.onLink("old");
    } catch {
      this.onLink("lost");
    }
    this.open();
  }

  /** Send a message; false when there is no connection. */
  send(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }
}
