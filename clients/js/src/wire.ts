// The messages' types, made from docs/schema.json, which is made from the types of parlor-shared.
// Do not change this file: `cargo test -p parlor-js` compares it, and says how to make it anew.

/**
 * A message of Parlor's protocol, version 1: docs/PROTOCOL.md says what each means.
 */
export type Message = ClientMessage | ServerMessage;
/**
 * A message from a client.
 */
export type ClientMessage =
  | {
      /**
       * What lets the client in, where the server asks for it.
       */
      access?: Access;
      /**
       * What program this is.
       */
      client?: ClientInfo;
      /**
       * The member's name.
       */
      name: Name;
      /**
       * The protocol version that the client speaks: `PROTOCOL_VERSION`.
       */
      protocol: number;
      /**
       * Proves which member this is. Without one the server makes a new member.
       */
      token?: Token;
      type: "hello";
    }
  | {
      /**
       * The newest position that the client has; left out for a newcomer, who gets the last page.
       */
      after?: Position;
      /**
       * The room. Joining creates it if it does not exist.
       */
      room: RoomId;
      type: "join";
    }
  | {
      /**
       * The room.
       */
      room: RoomId;
      type: "leave";
    }
  | {
      /**
       * The entry's content.
       */
      body: Body;
      /**
       * Append this only if the room's log has the entry with this id, and refuse it for now with `ErrorCode::OutOfOrder` otherwise. A client names its previous post to the room here until that post is acked, so that its posts keep their order when a post is refused for now.
       */
      follows?: MessageId;
      /**
       * The entry's id. It stays the same when the post is sent again.
       */
      id: MessageId;
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
      type: "post";
    }
  | {
      /**
       * The answer has the newest entries before this one.
       */
      before: Seq;
      /**
       * The number of entries, at most `HISTORY_ENTRIES_MAX`.
       */
      limit: number;
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
      type: "history";
    }
  | {
      /**
       * The place.
       */
      at: Place;
      /**
       * The number of entries, at most `HISTORY_ENTRIES_MAX`.
       */
      limit: number;
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
      type: "slice";
    }
  | {
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
      /**
       * The words. A message must have all of them; the last one may be the beginning of a word. `from:name` stands for the author: see `SearchQuery`.
       */
      text: string;
      type: "search";
    }
  | {
      /**
       * Go on where this `next` of an earlier answer says.
       */
      after?: string;
      /**
       * Only rooms whose id, name or topic have these words, in any case; all rooms if it is empty.
       */
      text?: string;
      type: "rooms";
    }
  | {
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
      type: "typing";
    }
  | {
      /**
       * The epoch of `seq`.
       */
      epoch: Epoch;
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
      /**
       * Everything up to here is seen.
       */
      seq: Seq;
      type: "seen";
    }
  | {
      /**
       * The new name.
       */
      name: Name;
      type: "rename";
    }
  | {
      /**
       * The token.
       */
      access: AccessToken;
      type: "renew";
    }
  | (Moderation & {
      type: "moderate";
    })
  | {
      /**
       * Any number below 2^53.
       */
      t: number;
      type: "ping";
    };
/**
 * What a client shows to come in, in hello.
 */
export type Access =
  | {
      password: AccessSecret;
    }
  | {
      invitation: AccessSecret;
    }
  | {
      device: AccessSecret;
    }
  | AccessToken;
/**
 * A password or a code. Secret.
 */
export type AccessSecret = string;
/**
 * A token that lets its bearer in: a JWT. Secret.
 */
export type AccessToken = string;
/**
 * A name: one line, at most 64 bytes of UTF-8, in normal form C.
 */
export type Name = string;
/**
 * Proves on the next connection that a client is the same member. Secret.
 */
export type Token = string;
/**
 * A stretch of a log's history: a UUID.
 */
export type Epoch = string;
/**
 * An entry's sequence number: strictly increasing within a room, with gaps where other rooms' entries lie. Numbers start at 1 and stay below 2^53, so every JSON parser reads them exactly.
 */
export type Seq = number;
/**
 * A room's id, which is part of its address.
 */
export type RoomId = string;
/**
 * An entry's content. Edits, deletions and reactions name their message by the id of its post. Edits are accepted from the message's author only, deletions from moderators of the room, too.
 */
export type Body =
  | {
      kind: "post";
      /**
       * The message it replies to. Not checked against the log, because that message may be deleted or expire at any time.
       */
      reply_to?: MessageId;
      /**
       * Its text.
       */
      text: Text;
    }
  | {
      kind: "edit";
      /**
       * The message.
       */
      target: MessageId;
      /**
       * The new text.
       */
      text: Text;
    }
  | {
      kind: "deletion";
      /**
       * The message.
       */
      target: MessageId;
    }
  | {
      /**
       * The emoji.
       */
      emoji: Emoji;
      kind: "reaction";
      /**
       * Whether the reaction is added.
       */
      on: boolean;
      /**
       * The message.
       */
      target: MessageId;
    }
  | {
      kind: "room_name";
      /**
       * The name; left out for none.
       */
      name?: Name;
    }
  | {
      kind: "topic";
      /**
       * The topic; left out for none.
       */
      topic?: Topic;
    }
  | {
      kind: "room_kind";
      /**
       * The kind from now on.
       */
      room_kind: RoomKind;
    }
  | {
      kind: "pin";
      /**
       * Whether it is pinned.
       */
      on: boolean;
      /**
       * The message.
       */
      target: MessageId;
    }
  | {
      kind: "mute";
      /**
       * The member.
       */
      member: MemberId;
      /**
       * The member's name at that time, for people.
       */
      name: Name;
      /**
       * The end, in Unix milliseconds; left out lifts the mute. At most `MUTE_DAYS_MAX` ahead.
       */
      until_ms?: number;
    }
  | {
      kind: "slow_mode";
      /**
       * The wait, at most `SLOW_MODE_SECONDS_MAX`; 0 for none.
       */
      seconds: number;
    }
  | {
      kind: "blanked";
      /**
       * The message that the post replied to.
       */
      reply_to?: MessageId;
      /**
       * The message whose edit it was; left out where it was the post.
       */
      target?: MessageId;
    };
/**
 * An entry's id, made by its author's client: a UUID of version 7.
 */
export type MessageId = string;
/**
 * The text of a message, of which something can be seen.
 */
export type Text = string;
/**
 * One emoji, at most 64 bytes of UTF-8.
 */
export type Emoji = string;
/**
 * A room's topic: one line.
 */
export type Topic = string;
/**
 * Who may do what in a room by default.
 */
export type RoomKind = "open" | "read_only" | "private";
/**
 * A person or program: a UUID.
 */
export type MemberId = string;
/**
 * A place in a room's log, as a request for the entries there names it.
 */
export type Place =
  | {
      message: MessageId;
    }
  | {
      seq: Seq;
    }
  | {
      time: number;
    }
  | {
      before: Seq;
    }
  | {
      after: Seq;
    };
/**
 * A request of `ClientMessage::Moderate`.
 */
export type Moderation =
  | {
      kind: "report";
      /**
       * Why, for the moderators: up to `REASON_CHARS_MAX` characters.
       */
      reason: string;
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
      /**
       * The message.
       */
      target: MessageId;
    }
  | {
      kind: "reports";
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
    }
  | {
      kind: "resolve";
      /**
       * Its number.
       */
      report: number;
      /**
       * Its room.
       */
      room: RoomId;
    }
  | {
      /**
       * What is banned, and for how long.
       */
      ban: NewBan;
      kind: "ban";
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
    }
  | {
      /**
       * Its number.
       */
      ban: number;
      kind: "unban";
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
    }
  | {
      kind: "bans";
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
    }
  | {
      /**
       * Only those before this place in the log; all of them without it.
       */
      before?: Seq;
      kind: "erase";
    }
  | {
      /**
       * What the code is drawn behind: the page's address, up to the place for the code. At most `DEVICE_ADDRESS_BYTES_MAX` bytes.
       */
      address: string;
      kind: "device";
    }
  | {
      kind: "access";
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
    }
  | {
      /**
       * Who gets what.
       */
      grant: NewRight;
      kind: "grant";
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
    }
  | {
      /**
       * What it gives.
       */
      invitation: InvitationTerms;
      kind: "invite";
      /**
       * A room that the connection has joined.
       */
      room: RoomId;
    }
  | {
      /**
       * Its number.
       */
      invitation: number;
      kind: "uninvite";
      /**
       * Its room.
       */
      room: RoomId;
    };
/**
 * What a member may do in a room. Each right includes those before it.
 */
export type Right = "read" | "post" | "moderate" | "own";
/**
 * A message from the server.
 */
export type ServerMessage =
  | {
      /**
       * The server's clock, in Unix milliseconds: a client whose own clock is wrong tells the age of an entry by it. 0 from a server that does not say.
       */
      at_ms?: number;
      /**
       * The log's current epoch.
       */
      epoch: Epoch;
      /**
       * The server sends a WebSocket ping after this much silence. A client that receives nothing for ten seconds longer may give the connection up.
       */
      heartbeat_ms: number;
      /**
       * The limits in force.
       */
      limits: Limits;
      /**
       * The member that the client is.
       */
      member: MemberId;
      /**
       * The member's name.
       */
      name: Name;
      /**
       * What holds of a post that is acked. Left out where it is `AckPromise::Durable`.
       */
      promise?: AckPromise;
      /**
       * The protocol version of this connection.
       */
      protocol: number;
      /**
       * The server's version, for people.
       */
      server: string;
      /**
       * Proves it on the next connection. Secret.
       */
      token: Token;
      type: "welcome";
    }
  | {
      /**
       * The next entry follows this one: its `prev` is `after`.
       */
      after: Seq;
      /**
       * The room's oldest entry; `Seq::ZERO` in an empty room.
       */
      first: Seq;
      /**
       * The room's newest entry; `Seq::ZERO` in an empty room.
       */
      head: Seq;
      /**
       * Whether the entries that the client has are still valid.
       */
      outcome: JoinOutcome;
      /**
       * The room.
       */
      room: RoomId;
      type: "joined";
    }
  | {
      /**
       * The entry.
       */
      entry: Entry;
      /**
       * The room.
       */
      room: RoomId;
      type: "entry";
    }
  | {
      /**
       * The original entry.
       */
      entry: Entry;
      /**
       * The room.
       */
      room: RoomId;
      type: "duplicate";
    }
  | {
      /**
       * The request's `before`.
       */
      before: Seq;
      /**
       * The entries, oldest first. There may be fewer than requested.
       */
      entries: Entry[];
      /**
       * Whether the room has entries before these.
       */
      more: boolean;
      /**
       * The room.
       */
      room: RoomId;
      type: "history";
    }
  | {
      /**
       * The request's place.
       */
      at: Place;
      /**
       * Later entries that change the messages among these: each message's newest, up to `MESSAGE_CHANGES_MAX`, as far as there is room.
       */
      changes?: Entry[];
      /**
       * The entries, oldest first and without a gap. There may be fewer than requested.
       */
      entries: Entry[];
      /**
       * Whether the room has entries after these.
       */
      newer: boolean;
      /**
       * Whether the room has entries before these.
       */
      older: boolean;
      /**
       * The room.
       */
      room: RoomId;
      type: "slice";
    }
  | {
      /**
       * The posts and edits that match, newest first.
       */
      entries: Entry[];
      /**
       * Whether others may match, too: the full-text index does not have all of the room yet, because it is being built.
       */
      incomplete?: boolean;
      /**
       * The room.
       */
      room: RoomId;
      /**
       * The request's words.
       */
      text: string;
      type: "found";
    }
  | {
      /**
       * The room.
       */
      room: RoomId;
      /**
       * They, as of some place in the log.
       */
      state: RoomState;
      type: "state";
    }
  | {
      /**
       * The right, which includes those below it.
       */
      right: Right;
      /**
       * The room.
       */
      room: RoomId;
      type: "right";
    }
  | {
      /**
       * Lets the client in next time, in place of the password. Secret.
       */
      access?: AccessToken;
      /**
       * When the connection is closed unless the client renews, in Unix milliseconds by the server's clock; left out for never.
       */
      expires_at_ms?: number;
      type: "admitted";
    }
  | {
      /**
       * The request's `after`.
       */
      after?: string;
      /**
       * What to ask with for the next page; left out if there are no more rooms.
       */
      next?: string;
      /**
       * The rooms. There may be fewer than fit on a page, or none, and still be more.
       */
      rooms: RoomInfo[];
      /**
       * The request's words.
       */
      text: string;
      type: "rooms";
    }
  | {
      /**
       * The number of members present.
       */
      count: number;
      /**
       * The members; empty if there are more than `PRESENCE_MEMBERS_MAX`.
       */
      members: Member[];
      /**
       * The room.
       */
      room: RoomId;
      type: "present";
    }
  | {
      /**
       * The number of members present.
       */
      count: number;
      /**
       * Members who left.
       */
      gone?: MemberId[];
      /**
       * Members who joined or changed their name.
       */
      here?: Member[];
      /**
       * The room.
       */
      room: RoomId;
      type: "presence";
    }
  | {
      /**
       * The member.
       */
      member: MemberId;
      /**
       * The room.
       */
      room: RoomId;
      type: "typing";
    }
  | {
      /**
       * The log's current epoch.
       */
      epoch: Epoch;
      /**
       * The room.
       */
      room: RoomId;
      /**
       * Everything up to here is seen.
       */
      seq: Seq;
      type: "seen";
    }
  | (Moderated & {
      type: "moderated";
    })
  | {
      /**
       * How many.
       */
      count: number;
      /**
       * The room.
       */
      room: RoomId;
      type: "open_reports";
    }
  | {
      /**
       * The text, for people.
       */
      text: string;
      type: "notice";
    }
  | (Refusal & {
      type: "error";
    })
  | {
      /**
       * The ping's `t`.
       */
      t: number;
      type: "pong";
    };
/**
 * What holds of a post that a server has acked.
 */
export type AckPromise = "durable" | "replicated";
/**
 * Whether a client's entries of a room are still valid after a join.
 */
export type JoinOutcome = "resumed" | "reset";
/**
 * An answer in `ServerMessage::Moderated`.
 */
export type Moderated =
  | {
      kind: "reported";
      /**
       * The room.
       */
      room: RoomId;
      /**
       * The message.
       */
      target: MessageId;
    }
  | {
      kind: "reports";
      /**
       * They.
       */
      reports: Report[];
      /**
       * The room.
       */
      room: RoomId;
    }
  | {
      /**
       * They.
       */
      bans: Ban[];
      kind: "bans";
      /**
       * The request's room.
       */
      room: RoomId;
    }
  | {
      /**
       * How many.
       */
      count: number;
      kind: "erased";
      /**
       * Go on before this place; left out if nothing is left.
       */
      next?: Seq;
    }
  | {
      kind: "device";
      /**
       * The QR code's dark modules: the path of an SVG whose strokes are one module wide.
       */
      path: string;
      /**
       * The code: eight letters and digits, with a hyphen between the halves. Upper and lower case are the same, and so are O and 0, and I, L and 1.
       */
      secret: AccessSecret;
      /**
       * The width and height of the QR code that has the request's `address` followed by the code, in modules, with the quiet zone.
       */
      size: number;
      /**
       * When it ends, in Unix milliseconds.
       */
      until_ms: number;
    }
  | {
      /**
       * The invitations to this very room that have not ended, the newest first: at most `INVITATIONS_ROOM_MAX`.
       */
      invitations: InvitationInfo[];
      kind: "access";
      /**
       * The members who were given a right in this very room, moderators first: at most `GRANTS_PAGE_MAX`.
       */
      members: MemberRight[];
      /**
       * The room.
       */
      room: RoomId;
      /**
       * The code of the invitation that the request has made. It is told this once.
       */
      secret?: AccessSecret;
    };
/**
 * The reason of a refusal. Stable: a code never changes its meaning.
 */
export type ErrorCode =
  | "malformed"
  | "unsupported"
  | "hello_expected"
  | "hello_repeated"
  | "protocol_version"
  | "token_invalid"
  | "name_invalid"
  | "room_invalid"
  | "id_invalid"
  | "text_empty"
  | "text_too_long"
  | "emoji_invalid"
  | "search_invalid"
  | "not_joined"
  | "too_many_rooms"
  | "target_unknown"
  | "not_author"
  | "topic_invalid"
  | "too_many_pins"
  | "password_required"
  | "password_wrong"
  | "access_required"
  | "login_required"
  | "access_invalid"
  | "access_expired"
  | "access_not_yet"
  | "access_revoked"
  | "invitation_unknown"
  | "invitation_expired"
  | "invitation_used_up"
  | "rate_limited"
  | "busy"
  | "log_unavailable"
  | "out_of_order"
  | "muted"
  | "slow_mode"
  | "not_allowed"
  | "too_many_mutes"
  | "out_of_range"
  | "banned";
/**
 * A type of message that a client sends, in a refusal.
 */
export type Request =
  | "hello"
  | "join"
  | "leave"
  | "post"
  | "history"
  | "slice"
  | "search"
  | "rooms"
  | "typing"
  | "seen"
  | "rename"
  | "renew"
  | "moderate"
  | "ping";

/**
 * What program a client is. Only the server's operator sees it.
 */
export interface ClientInfo {
  /**
   * Its name, such as `parlor-page`.
   */
  name?: string;
  /**
   * Its version.
   */
  version?: string;
}
/**
 * A place in one particular history of a log. A client resumes after it.
 */
export interface Position {
  /**
   * The epoch in which the place was read, or last confirmed by a join.
   */
  epoch: Epoch;
  /**
   * The entry's sequence number.
   */
  seq: Seq;
}
/**
 * A ban to make.
 */
export interface NewBan {
  /**
   * Whether it holds for the addresses, too, that the member connects from while it lasts: up to `BAN_ADDRESSES_MAX`.
   */
  addresses?: boolean;
  /**
   * Whether it holds in the whole server, and not in the room alone.
   */
  everywhere?: boolean;
  /**
   * The member.
   */
  member: MemberId;
  /**
   * The member's name, for people.
   */
  name: Name;
  /**
   * Why, for other moderators.
   */
  reason?: string;
  /**
   * When it ends, in Unix milliseconds.
   */
  until_ms: number;
}
/**
 * A right to give to a member.
 */
export interface NewRight {
  /**
   * The member.
   */
  member: MemberId;
  /**
   * The member's name, for people.
   */
  name: Name;
  /**
   * The right, up to `Right::Moderate`, in the place of the one that the member was given before; left out takes that back.
   */
  right?: Right;
}
/**
 * An invitation to make.
 */
export interface InvitationTerms {
  /**
   * The right that it gives in the room, up to `Right::Moderate`.
   */
  right: Right;
  /**
   * When it ends, in Unix milliseconds, within `INVITATION_DAYS_MAX`; left out for never.
   */
  until_ms?: number;
  /**
   * How many members may use it, at least one; left out for any number.
   */
  uses?: number;
}
/**
 * The limits in force on a server, sent in welcome.
 */
export interface Limits {
  /**
   * See `FRAME_BYTES_MAX`.
   */
  frame_bytes_max: number;
  /**
   * See `HISTORY_ENTRIES_MAX`.
   */
  history_entries_max: number;
  /**
   * See `NAME_BYTES_MAX`.
   */
  name_bytes_max: number;
  /**
   * See `RATE_BURST`; the operator may have changed it.
   */
  rate_burst: number;
  /**
   * See `RATE_PER_SECOND`; the operator may have changed it.
   */
  rate_per_second: number;
  /**
   * See `ROOMS_PER_CONNECTION_MAX`.
   */
  rooms_per_connection_max: number;
  /**
   * See `TEXT_CHARS_MAX`.
   */
  text_chars_max: number;
}
/**
 * One entry of a room's log, as it was committed. It never changes, except that its words go once its message is deleted: see `Body::Blanked`.
 */
export interface Entry {
  /**
   * When the server committed it, in Unix milliseconds. For people only: `seq` alone decides the order.
   */
  at_ms: number;
  /**
   * Its content.
   */
  body: Body;
  /**
   * The id that its author's client made.
   */
  id: MessageId;
  /**
   * Its author.
   */
  member: MemberId;
  /**
   * The author's name at that time.
   */
  name: Name;
  /**
   * The `seq` of the room's previous entry; `Seq::ZERO` for the room's first. A client whose newest entry is not `prev` has missed something and resumes.
   */
  prev: Seq;
  /**
   * Its sequence number in the log.
   */
  seq: Seq;
}
/**
 * A room's name, topic, kind, pinned messages, slow mode and mutes. Entries of the log change them; the server keeps the result beside the log, so that it outlives them.
 */
export interface RoomState {
  /**
   * Who may come in and post by default.
   */
  kind?: RoomKind;
  /**
   * The members who may not post for now: at most `MUTES_MAX`. Some of them may have ended.
   */
  mutes?: Mute[];
  /**
   * The room's name for people; its id is shown where it has none.
   */
  name?: Name;
  /**
   * The pinned messages, the newest pin last: at most `PINS_MAX`.
   */
  pins?: Pin[];
  /**
   * Every entry up to this one is taken in.
   */
  seq: Seq;
  /**
   * How many seconds a member waits between two posts; 0 for no slow mode.
   */
  slow_mode_s?: number;
  /**
   * What the room is for.
   */
  topic?: Topic;
}
/**
 * A member who may not post, edit or react in a room.
 */
export interface Mute {
  /**
   * The member.
   */
  member: MemberId;
  /**
   * The member's name when they were muted.
   */
  name: Name;
  /**
   * When it ends, in Unix milliseconds.
   */
  until_ms: number;
}
/**
 * A pinned message.
 */
export interface Pin {
  /**
   * When it was posted, in Unix milliseconds.
   */
  at_ms: number;
  /**
   * The id of its post.
   */
  id: MessageId;
  /**
   * Its author.
   */
  member: MemberId;
  /**
   * The author's name at that time.
   */
  name: Name;
  /**
   * The place of its post in the log, which may have expired.
   */
  seq: Seq;
  /**
   * Its current text, up to `PIN_TEXT_CHARS_MAX` characters of it.
   */
  text: Text;
}
/**
 * A room in the directory.
 */
export interface RoomInfo {
  /**
   * When the last message was posted, to the minute, in Unix milliseconds.
   */
  at_ms: number;
  /**
   * How many members are present.
   */
  count: number;
  /**
   * Its name for people.
   */
  name?: Name;
  /**
   * The room.
   */
  room: RoomId;
  /**
   * Its topic.
   */
  topic?: Topic;
}
/**
 * A member who is present in a room.
 */
export interface Member {
  /**
   * The member.
   */
  member: MemberId;
  /**
   * The member's current name.
   */
  name: Name;
}
/**
 * A report of a message that no moderator has closed.
 */
export interface Report {
  /**
   * When, in Unix milliseconds.
   */
  at_ms: number;
  /**
   * Who reported it.
   */
  member: MemberId;
  /**
   * Their name at that time.
   */
  name: Name;
  /**
   * Why.
   */
  reason: string;
  /**
   * Its number.
   */
  report: number;
  /**
   * The message.
   */
  target: MessageId;
}
/**
 * A ban that holds.
 */
export interface Ban {
  /**
   * How many addresses it holds for. Which ones, only the operator sees.
   */
  addresses: number;
  /**
   * Its number.
   */
  ban: number;
  /**
   * Who banned them, for people.
   */
  by: string;
  /**
   * Whether it holds in the whole server.
   */
  everywhere: boolean;
  /**
   * The banned member's name; left out where an operator banned an address alone.
   */
  name?: Name;
  /**
   * Why.
   */
  reason: string;
  /**
   * When it ends, in Unix milliseconds.
   */
  until_ms: number;
}
/**
 * An invitation that was made.
 */
export interface InvitationInfo {
  /**
   * Its number.
   */
  invitation: number;
  /**
   * The right that it gives.
   */
  right: Right;
  /**
   * When it ends, in Unix milliseconds; left out for never.
   */
  until_ms?: number;
  /**
   * How many have used it.
   */
  used: number;
  /**
   * How many members may use it; left out for any number.
   */
  uses?: number;
}
/**
 * A member who was given a right in a room.
 */
export interface MemberRight {
  /**
   * The member.
   */
  member: MemberId;
  /**
   * Their name when they were given it, where it is known.
   */
  name?: Name;
  /**
   * The right.
   */
  right: Right;
}
/**
 * Why the server did not do what a client asked for.
 */
export interface Refusal {
  /**
   * The reason, for programs.
   */
  code: ErrorCode;
  /**
   * The post it is about, if it is about one.
   */
  id?: MessageId;
  /**
   * The reason and what to do, for people.
   */
  message: string;
  /**
   * Which request was refused. Earlier servers do not say.
   */
  request?: Request;
  /**
   * Whether the same request may succeed later.
   */
  retry: boolean;
  /**
   * When to retry, if the server knows.
   */
  retry_after_ms?: number;
  /**
   * The room it is about, if it is about one.
   */
  room?: RoomId;
}
