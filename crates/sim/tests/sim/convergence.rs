//! The end of a world: no faults any more, and every client catches up.

use std::collections::BTreeSet;

use parlor_shared::RoomId;

use crate::{
    actions::Detection,
    client::Client,
    link::Health,
    world::{CONVERGE_MS_MAX, DELIVER_MS_MAX, Event, Faults, World},
};

/// What a post costs on average, at most: most are sent twice, and some are long.
const POST_TOKENS_MAX: u64 = 4;

impl World {
    /// Ends all faults. Every client joins the rooms of its posts, and each room gets one more
    /// entry: whatever a client has missed before, this entry's `prev` shows it.
    pub(crate) fn end_faults(&mut self) {
        self.break_lossy_link();
        self.trace("", || "faults end".to_owned());
        self.faults = Faults::Off;
        self.faults_ended_ms = self.now_ms;
        for node in &mut self.nodes {
            (node.disk_fails_until_ms, node.reads_fail_until_ms) = (0, 0);
        }
        self.mend_stream();
        for link in self.links.values_mut() {
            link.ms_per_kib = 0;
        }
        for number in 0..self.nodes.len() {
            self.start_server(number);
        }
        for index in 0..self.clients.len() {
            let outbox = self.clients[index].session.outbox();
            let rooms: BTreeSet<RoomId> = outbox.map(|post| post.room.clone()).collect();
            for room in rooms {
                self.join(index, &room);
            }
            self.drive(index, |session, now_ms, _| session.start(now_ms));
        }
        self.end_moderation();
        for room in self.rooms.clone() {
            self.join(0, &room);
            self.post(0, &room);
        }
        let unsent: usize = self
            .clients
            .iter()
            .map(|c| c.session.outbox().count())
            .sum();
        self.drain_ms =
            unsent as u64 * POST_TOKENS_MAX * 1_000 / u64::from(self.plan.rates.per_second.get());
        self.schedule_in(2_000, Event::CheckConverged);
    }

    /// Breaks the link of the client that is to post the last entries, if it has lost one: the
    /// client may wait for that very entry as the answer to a post, and would post nothing else.
    fn break_lossy_link(&mut self) {
        let number = self.clients[0].link;
        let is_lossy =
            |number: &u64| matches!(self.links.get(number), Some(link) if link.has_lost_entry);
        if let Some(number) = number.filter(is_lossy) {
            self.break_link(number, Detection::AtOnce, Detection::AtOnce);
        }
    }

    /// Once all clients have caught up, posts to each room once more. Fails if they take too long.
    pub(crate) fn check_converged(&mut self) {
        match self.not_converged() {
            None => {
                self.trace("", || {
                    "all have caught up; one more post in each room".to_owned()
                });
                for room in self.rooms.clone() {
                    self.post(0, &room);
                }
                self.schedule_in(DELIVER_MS_MAX, Event::CheckDelivered);
            }
            Some(what) if self.now_ms > self.faults_ended_ms + CONVERGE_MS_MAX + self.drain_ms => {
                self.check(Err(format!(
                    "{CONVERGE_MS_MAX} ms after the last fault, {what}"
                )));
            }
            Some(_) => self.schedule_in(2_000, Event::CheckConverged),
        }
    }

    /// Fails if the posts of [`check_converged`](Self::check_converged) have not reached everyone.
    pub(crate) fn check_delivered(&mut self) {
        let delivered = self.not_converged().map_or(Ok(()), |what| {
            Err(format!(
                "{DELIVER_MS_MAX} ms after a post without faults, {what}"
            ))
        });
        self.check(delivered);
        self.done = true;
    }

    /// Why not all clients have caught up; `None` if they have.
    fn not_converged(&self) -> Option<String> {
        let clients = self.clients.iter();
        let not_converged = clients.filter_map(|client| client.not_converged(&self.oracle));
        not_converged
            .chain(self.unnoticed_break())
            .chain(self.wrong_presence())
            .chain(self.node_behind())
            .next()
    }

    /// A client on a link that broke before the faults ended, which neither end has noticed yet: it
    /// still receives if nothing but its own frames are lost.
    fn unnoticed_break(&self) -> Option<String> {
        self.clients.iter().find_map(|client| {
            let number = client.link?;
            let link = self.links.get(&number)?;
            let is_broken = link.health != Health::Good;
            is_broken.then(|| format!("{} is on link {number}, which broke", client.name))
        })
    }

    /// A client whose view of who is present in a room is wrong.
    fn wrong_presence(&self) -> Option<String> {
        (0..self.nodes.len()).find_map(|node| self.wrong_presence_on(node))
    }

    fn wrong_presence_on(&self, node: usize) -> Option<String> {
        let links = &self.links;
        let is_here = |number: u64| links.get(&number).is_some_and(|link| link.node == node);
        for room in &self.rooms {
            let is_in_room =
                |client: &&Client| client.wanted.contains(room) && client.link.is_some_and(is_here);
            let members = self.clients.iter().filter(is_in_room);
            let members: BTreeSet<_> = members.filter_map(|client| client.member).collect();
            for client in self.clients.iter().filter(is_in_room) {
                let view = client.views.get(room)?;
                if view.present != members {
                    return Some(format!(
                        "{} sees {} members in {room} instead of {}",
                        client.name,
                        view.present.len(),
                        members.len()
                    ));
                }
            }
        }
        None
    }
}
