//! Any message of the server.

use parlor_shared::{
    AckPromise, JoinOutcome, Limits, Mute, Pin, Right, RoomInfo, RoomState, ServerMessage,
};
use proptest::{collection::vec, option, prelude::*};

use crate::values::*;

fn welcome() -> impl Strategy<Value = ServerMessage> {
    let limits = any::<(u32, u16)>().prop_map(|(rate_burst, history_entries_max)| Limits {
        rate_burst,
        history_entries_max,
        ..Limits::default()
    });
    let times = any::<[u64; 2]>();
    let promise = prop::sample::select(vec![AckPromise::Durable, AckPromise::Replicated]);
    (member(), token(), name(), epoch(), limits, times, promise).prop_map(
        |(member, token, name, epoch, limits, [heartbeat_ms, at_ms], promise)| {
            ServerMessage::Welcome {
                protocol: 1,
                server: "parlor".to_owned(),
                member,
                token,
                name,
                epoch,
                limits,
                heartbeat_ms,
                at_ms,
                promise,
            }
        },
    )
}

fn pin() -> impl Strategy<Value = Pin> {
    (entry(), text()).prop_map(|(entry, text)| Pin {
        id: entry.id,
        seq: entry.seq,
        at_ms: entry.at_ms,
        member: entry.member,
        name: entry.name,
        text,
    })
}

fn state() -> impl Strategy<Value = RoomState> {
    let pins = vec(pin(), 0..3);
    let mutes = vec(mute(), 0..3);
    let set = (option::of(name()), option::of(topic()), kind(), pins);
    (seq(), set, any::<u32>(), mutes).prop_map(
        |(seq, (name, topic, kind, pins), slow_mode_s, mutes)| RoomState {
            seq,
            name,
            topic,
            kind,
            pins,
            slow_mode_s,
            mutes,
        },
    )
}

fn mute() -> impl Strategy<Value = Mute> {
    (member(), name(), any::<u64>()).prop_map(|(member, name, until_ms)| Mute {
        member,
        name,
        until_ms,
    })
}

fn room_info() -> impl Strategy<Value = RoomInfo> {
    (room(), state(), any::<u32>()).prop_map(|(room, state, count)| RoomInfo {
        room,
        name: state.name,
        topic: state.topic,
        count,
        at_ms: state.seq.0,
    })
}

pub(crate) fn server_message() -> impl Strategy<Value = ServerMessage> {
    let outcome = prop::sample::select(vec![JoinOutcome::Resumed, JoinOutcome::Reset]);
    prop_oneof![
        welcome(),
        (room(), seq(), seq(), seq(), outcome).prop_map(|(room, after, head, first, outcome)| {
            ServerMessage::Joined {
                room,
                after,
                head,
                first,
                outcome,
            }
        }),
        (room(), prop::sample::select(Right::ALL.to_vec()))
            .prop_map(|(room, right)| ServerMessage::Right { room, right }),
        (room(), any::<u32>()).prop_map(|(room, count)| ServerMessage::OpenReports { room, count }),
        (option::of(access_token()), option::of(any::<u64>())).prop_map(
            |(access, expires_at_ms)| ServerMessage::Admitted {
                access,
                expires_at_ms
            }
        ),
        (room(), entry()).prop_map(|(room, entry)| ServerMessage::Entry { room, entry }),
        (room(), entry()).prop_map(|(room, entry)| ServerMessage::Duplicate { room, entry }),
        answer(),
        (room(), any::<u32>(), present()).prop_map(|(room, count, members)| {
            ServerMessage::Present {
                room,
                count,
                members,
            }
        }),
        (room(), any::<u32>(), present(), vec(member(), 0..4)).prop_map(
            |(room, count, here, gone)| ServerMessage::Presence {
                room,
                count,
                here,
                gone
            }
        ),
        (room(), member()).prop_map(|(room, member)| ServerMessage::Typing { room, member }),
        (room(), epoch(), seq()).prop_map(|(room, epoch, seq)| ServerMessage::Seen {
            room,
            epoch,
            seq
        }),
        any::<String>().prop_map(|text| ServerMessage::Notice { text }),
        refusal().prop_map(ServerMessage::Error),
        any::<u64>().prop_map(|t| ServerMessage::Pong { t }),
    ]
}

/// The answers to what a client asks for.
fn answer() -> impl Strategy<Value = ServerMessage> {
    prop_oneof![
        (room(), seq(), vec(entry(), 0..4), any::<bool>()).prop_map(
            |(room, before, entries, more)| ServerMessage::History {
                room,
                before,
                entries,
                more
            }
        ),
        (
            room(),
            place(),
            [vec(entry(), 0..4), vec(entry(), 0..4)],
            any::<[bool; 2]>()
        )
            .prop_map(|(room, at, [entries, changes], [older, newer])| {
                ServerMessage::Slice {
                    room,
                    at,
                    entries,
                    changes,
                    older,
                    newer,
                }
            }),
        (room(), any::<String>(), vec(entry(), 0..4), any::<bool>()).prop_map(
            |(room, text, entries, incomplete)| ServerMessage::Found {
                room,
                text,
                entries,
                incomplete,
            }
        ),
        (room(), state()).prop_map(|(room, state)| ServerMessage::State { room, state }),
        (any::<String>(), vec(room_info(), 0..3)).prop_map(|(text, rooms)| ServerMessage::Rooms {
            after: rooms.first().map(|_| text.clone()),
            next: rooms.last().map(|_| text.clone()),
            text,
            rooms,
        }),
    ]
}
