// Bun in its simplest form: each room is a topic, and Bun relays what is published in it.
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const room = new URL(request.url).pathname;
    if (!server.upgrade(request, { data: { room } })) {
      return new Response("a WebSocket only", { status: 426 });
    }
  },
  websocket: {
    open(socket) {
      socket.subscribe(socket.data.room);
    },
    message(socket, message) {
      server.publish(socket.data.room, message);
    },
  },
});
console.log(`http://127.0.0.1:${server.port}/`);
