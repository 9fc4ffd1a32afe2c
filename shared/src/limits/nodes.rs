//! Bounds of what the nodes of one log say to each other: who is present, and who types.

/// Other nodes of which a node shows the members. What more of them say is ignored.
pub const NODES_MAX: usize = 64;
/// Bytes of a node's name.
pub const NODE_NAME_BYTES_MAX: usize = 32;
/// Rooms of another node of which a node shows the members.
pub const NODE_ROOMS_MAX: usize = 10_000;
/// Members of another node that a node shows, each counted in each of their rooms.
pub const NODE_MEMBERS_MAX: usize = 100_000;
/// Most bytes of a message to the other nodes, unless the servers between them take less. A larger
/// one is ignored.
pub const NODE_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Messages from the servers between the nodes that wait in a node, for each subscription. What
/// comes then is lost, and asked for again.
pub const NODE_MESSAGES_MAX: usize = 1_024;
/// Changes of a node's own members that wait to be published. Past it they are dropped, and the
/// node publishes all of its members instead.
pub const NODE_CHANGES_MAX: usize = 20_000;
/// How often a node says at least that it lives.
pub const NODE_HEARTBEAT_MS: u64 = 2_000;
/// How often a node says who all of its members are.
pub const NODE_WHOLE_MS: u64 = 10_000;
/// How often a node is asked for all of its members at most, and says them.
pub const NODE_ASK_MS: u64 = 1_000;
/// How long a node that says nothing still counts as one that lives. Its members are then as those
/// whose connection was lost: they may come back for
/// [`PRESENCE_GRACE_MS`](super::PRESENCE_GRACE_MS), on any node.
pub const NODE_LEASE_MS: u64 = 10_000;
/// How long a node waits for the servers to take a message. What they do not take is lost.
pub const NODE_SEND_MS_MAX: u64 = 1_000;
