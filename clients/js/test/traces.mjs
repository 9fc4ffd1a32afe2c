// Holds the session against the traces of parlor-session (crates/session/traces): the same calls must
// give the same frames, events and times. Runs wherever JavaScript does; `check` takes what traces.json
// would have, a list of { name, trace }, and returns what differs.

/** The calls by their names in the traces, with the arguments in order. */
const CALLS = {
  start: (session, { now_ms }) => session.start(now_ms),
  stop: (session) => session.stop(),
  show: (session, { access, now_ms }) => session.show(access, now_ms),
  renew: (session, { access }) => session.renew(access),
  join: (session, { room }) => session.join(room),
  // The client's own call also moves a room that is joined.
  join_after: (session, { room, position }) =>
    session.rooms.has(room) ? session.join(room) : session.joinAfter(room, position),
  leave: (session, { room }) => session.leave(room),
  typing: (session, { room, now_ms }) => session.typing(room, now_ms),
  rename: (session, { name }) => session.rename(name),
  probe: (session, { now_ms }) => session.probe(now_ms),
  mark_seen: (session, { room, position, now_ms }) => session.markSeen(room, position, now_ms),
  flush_seen: (session, { now_ms }) => session.flushSeen(now_ms),
  post: (session, { room, id, body }) => session.post(room, id, body),
  discard: (session, { id }) => void session.discard(id),
  history: (session, { room, before, limit }) => session.history(room, before, limit),
  slice: (session, { room, at, limit }) => session.slice(room, at, limit),
  search: (session, { room, text }) => session.search(room, text),
  rooms: (session, { text, after }) => session.directory(text, after),
  moderate: (session, { request }) => session.moderate(request),
  handle_open: (session) => session.handleOpen(),
  handle_closed: (session, { now_ms, code, random }) => session.handleClosed(now_ms, code, random),
  handle_timeout: (session, { now_ms, random }) => session.handleTimeout(now_ms, random),
  handle_frame: (session, { now_ms, frame, text, random }) =>
    session.handleFrame(now_ms, text ?? JSON.stringify(frame), random),
};

/** An output as the traces have it. */
function described(output) {
  if (output.do !== "emit") return output;
  const { event } = output;
  switch (event) {
    case "message": return { do: "emit", event };
    case "acked": return { do: "emit", event, room: output.room, id: output.entry.id };
    case "post_refused": return { do: "emit", event, id: output.post.id, code: output.refusal.code };
    case "refused": return { do: "emit", event, code: output.refusal.code };
    default: return output;
  }
}

/** JSON with the fields of each object in the order of their names. */
function canonical(value) {
  return JSON.stringify(value, (_, of) =>
    of && typeof of === "object" && !Array.isArray(of)
      ? Object.fromEntries(Object.entries(of).sort(([one], [other]) => (one < other ? -1 : 1)))
      : of);
}

function follow(Session, { config, steps, outbox }) {
  const present = Object.entries(config).filter(([, value]) => value !== null);
  const session = new Session(Object.fromEntries(present));
  for (const [at, step] of steps.entries()) {
    const call = CALLS[step.call];
    if (!call) return `step ${at}: the call ${step.call} is unknown`;
    const result = call(session, step);
    const outputs = [];
    for (let output; (output = session.pollOutput());) outputs.push(described(output));
    const now = {
      outputs,
      timeout_ms: session.pollTimeout() ?? null,
      ...("fails" in step && { fails: result === false }),
    };
    const { outputs: wanted, timeout_ms, fails } = step;
    const then = { outputs: wanted, timeout_ms, ...("fails" in step && { fails }) };
    if (canonical(now) !== canonical(then)) {
      return `step ${at}, ${step.call}:\n  ${canonical(now)}\ninstead of\n  ${canonical(then)}`;
    }
  }
  const unsent = session.outbox.map(({ id }) => id);
  return canonical(unsent) === canonical(outbox) ? undefined : `the outbox has ${unsent}`;
}

export function check(Session, traces) {
  return traces
    .map(({ name, trace }) => ({ name, problem: follow(Session, trace) }))
    .filter(({ problem }) => problem !== undefined)
    .map(({ name, problem }) => `${name}: ${problem}`);
}
