//! The threads that serve connections, as the admin address reaches them.
//!
//! What a connection has is known to its thread alone, so that serving it takes no lock. To see it,
//! the admin address asks each thread, which answers between two of its tasks. Nobody is counted or
//! listed while nobody asks.

use std::{
    cell::RefCell,
    cmp::Reverse,
    rc::Rc,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use parlor_shared::{
    Member, RoomId,
    limits::{THREAD_ANSWER_MS_MAX, THREAD_REQUESTS_MAX},
};
use slab::Slab;
use tokio::sync::{mpsc, oneshot};

use crate::{address::Network, connection::outbound::Outbound};

/// The threads that serve connections.
#[derive(Debug, Default)]
pub(crate) struct Threads(Mutex<Vec<mpsc::Sender<Request>>>);

/// What the admin address asks of a thread.
#[derive(Debug)]
enum Request {
    /// The sessions that are furthest behind, up to this many.
    List {
        most: usize,
        reply: oneshot::Sender<Vec<SessionReport>>,
    },
    /// Write this frame to everyone; reply to how many.
    Announce {
        frame: Bytes,
        reply: oneshot::Sender<usize>,
    },
}

/// A thread has not answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a thread that serves connections does not answer")]
pub(crate) struct ThreadStuck;

/// A session, as an operator sees it.
#[derive(Debug, Clone)]
pub(crate) struct SessionReport {
    /// Who it is, once it has said hello.
    pub(crate) member: Option<Member>,
    /// Where it connects from.
    pub(crate) network: Option<Network>,
    /// When it was opened, by the server's clock.
    pub(crate) opened_ms: u64,
    /// Its rooms, with the entries of each that it was not sent yet.
    pub(crate) rooms: Vec<RoomLag>,
    /// Bytes that wait for its socket.
    pub(crate) unsent_bytes: usize,
}

/// A room that a session is in.
#[derive(Debug, Clone)]
pub(crate) struct RoomLag {
    pub(crate) room: RoomId,
    /// How far the session is behind the room's newest entry, in places of the log.
    pub(crate) behind: u64,
}

impl SessionReport {
    /// How far it is behind in the room where it is furthest.
    pub(crate) fn behind(&self) -> u64 {
        self.rooms.iter().map(|room| room.behind).max().unwrap_or(0)
    }
}

impl Threads {
    /// The sessions of all threads that are furthest behind, up to this many.
    ///
    /// # Errors
    /// [`ThreadStuck`].
    pub(crate) async fn sessions(&self, most: usize) -> Result<Vec<SessionReport>, ThreadStuck> {
        let lists = self.ask(|reply| Request::List { most, reply }).await?;
        let mut all: Vec<SessionReport> = lists.into_iter().flatten().collect();
        all.sort_by_key(|session| (Reverse(session.behind()), session.opened_ms));
        all.truncate(most);
        Ok(all)
    }

    /// Whether every thread answers.
    ///
    /// # Errors
    /// [`ThreadStuck`].
    pub(crate) async fn check(&self) -> Result<(), ThreadStuck> {
        self.sessions(0).await.map(drop)
    }

    /// Writes a frame to every session that takes its replies. Returns how many they are.
    ///
    /// # Errors
    /// [`ThreadStuck`]; the other threads have done it.
    pub(crate) async fn announce(&self, frame: &Bytes) -> Result<usize, ThreadStuck> {
        let frame = || frame.clone();
        let counts = self.ask(|reply| Request::Announce {
            frame: frame(),
            reply,
        });
        Ok(counts.await?.into_iter().sum())
    }

    /// Asks every thread, and gives their answers.
    async fn ask<T>(
        &self,
        request: impl Fn(oneshot::Sender<T>) -> Request,
    ) -> Result<Vec<T>, ThreadStuck> {
        let mut answers = Vec::new();
        let threads = {
            let mut threads = self.lock();
            // The runtime replaces a thread that has panicked.
            threads.retain(|thread| !thread.is_closed());
            threads.clone()
        };
        for thread in threads {
            let (reply, answer) = oneshot::channel();
            thread.try_send(request(reply)).map_err(|_| ThreadStuck)?;
            answers.push(answer);
        }
        let timeout = Duration::from_millis(THREAD_ANSWER_MS_MAX);
        let all = futures_util::future::try_join_all(answers);
        match tokio::time::timeout(timeout, all).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(_)) | Err(_) => Err(ThreadStuck),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<mpsc::Sender<Request>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sessions of one thread.
#[derive(Debug, Default)]
pub(crate) struct ThreadSessions(RefCell<Slab<Listed>>);

/// A session of this thread.
#[derive(Debug)]
struct Listed {
    facts: Rc<SessionFacts>,
    outbound: Rc<Outbound>,
}

/// What an operator may know of a session.
#[derive(Debug)]
pub(crate) struct SessionFacts {
    /// Where it connects from.
    network: Option<Network>,
    /// When it was opened, by the server's clock.
    opened_ms: u64,
    member: RefCell<Option<Member>>,
}

impl SessionFacts {
    pub(crate) fn new(network: Option<Network>, opened_ms: u64) -> Rc<Self> {
        Rc::new(Self {
            network,
            opened_ms,
            member: RefCell::default(),
        })
    }

    /// The session has said who it is, or has another name.
    pub(crate) fn set_member(&self, member: &Member) {
        self.member.replace(Some(member.clone()));
    }
}

/// A session that is listed until this is dropped.
#[derive(Debug)]
pub(crate) struct ListedSession {
    thread: Rc<ThreadSessions>,
    key: usize,
}

impl ThreadSessions {
    /// The list of a thread that answers from now on. The future is a task of that thread.
    pub(crate) fn start(threads: &Threads) -> (Rc<Self>, impl Future<Output = ()> + 'static) {
        let (sender, mut requests) = mpsc::channel(THREAD_REQUESTS_MAX);
        threads.lock().push(sender);
        let this = Rc::new(Self::default());
        let list = this.clone();
        let answering = async move {
            while let Some(request) = requests.recv().await {
                list.answer(request);
            }
        };
        (this, answering)
    }

    /// Lists a session for as long as the result lives.
    pub(crate) fn add(
        self: &Rc<Self>,
        facts: Rc<SessionFacts>,
        outbound: Rc<Outbound>,
    ) -> ListedSession {
        ListedSession {
            thread: self.clone(),
            key: self.0.borrow_mut().insert(Listed { facts, outbound }),
        }
    }

    fn answer(&self, request: Request) {
        match request {
            Request::List { most, reply } => {
                // Nobody may wait for the answer any more.
                reply.send(self.list(most)).ok();
            }
            Request::Announce { frame, reply } => {
                // Nobody may wait for the number any more.
                reply.send(self.announce(&frame)).ok();
            }
        }
    }

    fn list(&self, most: usize) -> Vec<SessionReport> {
        let sessions = self.0.borrow();
        let mut reports: Vec<SessionReport> = Vec::new();
        if most == 0 {
            return reports;
        }
        for (_, session) in sessions.iter() {
            reports.push(session.report());
            // Sorted now and then, so that a thread with many sessions does not list them all.
            if reports.len() >= 2 * most {
                keep_most(&mut reports, most);
            }
        }
        keep_most(&mut reports, most);
        reports
    }

    fn announce(&self, frame: &Bytes) -> usize {
        let sessions = self.0.borrow();
        let told = sessions
            .iter()
            .filter(|(_, session)| session.announce(frame));
        told.count()
    }
}

fn keep_most(reports: &mut Vec<SessionReport>, most: usize) {
    reports.sort_by_key(|session| (Reverse(session.behind()), session.opened_ms));
    reports.truncate(most);
}

impl Listed {
    fn report(&self) -> SessionReport {
        let lags = self.outbound.lags().into_iter();
        SessionReport {
            member: self.facts.member.borrow().clone(),
            network: self.facts.network,
            opened_ms: self.facts.opened_ms,
            rooms: lags
                .map(|(room, behind)| RoomLag { room, behind })
                .collect(),
            unsent_bytes: self.outbound.unsent_bytes(),
        }
    }

    /// Queues a frame, unless the session has not said hello or takes nothing.
    fn announce(&self, frame: &Bytes) -> bool {
        let takes = self.facts.member.borrow().is_some() && !self.outbound.is_full();
        if takes {
            self.outbound.announce(frame.clone());
        }
        takes
    }
}

impl Drop for ListedSession {
    fn drop(&mut self) {
        self.thread.0.borrow_mut().try_remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use parlor_shared::{MemberId, Name};
    use tokio::{task::LocalSet, time::Instant};

    use super::*;
    use crate::{connection::socket::memory::MemorySocket, rooms::registry::SessionRegistry};

    /// A session in a list, and its socket.
    fn session(list: &Rc<ThreadSessions>, opened_ms: u64) -> (ListedSession, Rc<SessionFacts>) {
        let (_, socket) = MemorySocket::idle();
        let outbound = Rc::new(Outbound::new(socket, SessionRegistry::new(drop)));
        let network = IpAddr::from([192, 0, 2, 1]).into();
        let facts = SessionFacts::new(Some(network), opened_ms);
        (list.add(facts.clone(), outbound), facts)
    }

    #[tokio::test]
    async fn a_thread_lists_a_bounded_number_of_sessions_and_none_that_has_ended() {
        let threads = Threads::default();
        let (list, answering) = ThreadSessions::start(&threads);
        let tasks = LocalSet::new();
        tasks.spawn_local(answering);
        tasks
            .run_until(async {
                let mut sessions: Vec<_> = (0..10).map(|n| session(&list, n)).collect();
                sessions[0].1.set_member(&Member {
                    member: MemberId::from_bytes([1; 16]),
                    name: Name::parse("ann").unwrap(),
                });
                let listed = threads.sessions(3).await.unwrap();
                let opened: Vec<u64> = listed.iter().map(|session| session.opened_ms).collect();
                assert_eq!(opened, [0, 1, 2]);
                assert_eq!(listed[0].member.as_ref().unwrap().name.as_str(), "ann");
                // Only one has said hello.
                let frame = Bytes::from_static(b"frame");
                assert_eq!(threads.announce(&frame).await, Ok(1));
                sessions.truncate(1);
                assert_eq!(threads.sessions(3).await.unwrap().len(), 1);
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_does_not_answer_is_given_up_and_a_full_one_at_once() {
        let threads = Threads::default();
        let (_list, answering) = ThreadSessions::start(&threads);
        let begun = Instant::now();
        assert_eq!(threads.check().await, Err(ThreadStuck));
        assert_eq!(begun.elapsed().as_millis() as u64, THREAD_ANSWER_MS_MAX);
        for _ in 1..THREAD_REQUESTS_MAX {
            threads.check().await.unwrap_err();
        }
        let begun = Instant::now();
        assert_eq!(threads.check().await, Err(ThreadStuck));
        assert_eq!(begun.elapsed().as_millis(), 0);
        drop(answering);
        assert_eq!(
            threads.check().await,
            Ok(()),
            "a thread that has ended is forgotten"
        );
    }
}
