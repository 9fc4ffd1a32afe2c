// ws in its simplest form: each room is a set of sockets, and a message is sent to each of them.
const { WebSocket, WebSocketServer } = require("ws");

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("listening", () => console.log(`http://127.0.0.1:${server.address().port}/`));
server.on("connection", (socket, request) => {
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room);
  room.add(socket);
  socket.on("message", (message, isBinary) => {
    for (const member of room) {
      if (member.readyState === WebSocket.OPEN) member.send(message, { binary: isBinary });
    }
  });
  socket.on("close", () => room.delete(socket));
});
