//! Where a log's entries come from, and so when its epochs begin.

use parlor_shared::{Epoch, Seq};
use rusqlite::Connection;

use super::{
    epochs::Epochs,
    row,
    stream::{self, Followed},
};
use crate::engine::replicated::group::StreamPlace;

/// Where a log's entries come from, and so when its epochs begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Who posts appends them to this file alone. Each start begins an epoch.
    Own,
    /// A stream, whose epoch this is.
    Stream(StreamStart),
}

/// The epoch of a stream, and the sequence behind which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamStart {
    pub(crate) epoch: Epoch,
    pub(crate) after: u64,
    /// What a log must have that goes on with this epoch, if it is not the stream's first.
    pub(crate) goes_on: Option<Ended>,
}

/// An epoch of a stream that has ended, and the place up to which its successor goes on with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) epoch: Epoch,
    pub(crate) place: StreamPlace,
}

impl Origin {
    /// The epochs of a log of this origin that is being opened; `new` is for one that begins.
    /// `None` if the log has another origin.
    pub(super) fn epochs(
        self,
        db: &mut Connection,
        new: Epoch,
    ) -> rusqlite::Result<Option<Epochs>> {
        match self {
            Self::Own if stream::read(db)?.is_some() => Ok(None),
            Self::Own => Epochs::begin(db, new).map(Some),
            Self::Stream(start) => follow(db, start),
        }
    }
}

/// Goes on with the stream that the log follows, or begins to follow one where it has nothing yet.
/// `None` if it follows another one, or has entries of its own.
fn follow(db: &mut Connection, start: StreamStart) -> rusqlite::Result<Option<Epochs>> {
    match stream::read(db)? {
        Some(followed) if followed.epoch == start.epoch => {}
        Some(Followed { epoch, place, .. }) => {
            if start.goes_on != Some(Ended { epoch, place }) {
                return Ok(None);
            }
            begin_next(db, start)?;
        }
        None if stream::has_entries(db)? => return Ok(None),
        // What came before is in other nodes alone.
        None if start.goes_on.is_some() => return Ok(None),
        None => {
            let transaction = db.transaction()?;
            let place = StreamPlace::start(start.epoch, start.after);
            stream::begin(&transaction, start.epoch, place)?;
            Epochs::insert(&transaction, start.epoch, Seq::ZERO)?;
            transaction.commit()?;
        }
    }
    Epochs::go_on(db).map(Some)
}

/// Goes on in the stream's next epoch. Nobody who has read this log up to its head starts over.
fn begin_next(db: &mut Connection, start: StreamStart) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    let place = StreamPlace::start(start.epoch, start.after);
    stream::begin(&transaction, start.epoch, place)?;
    let head = row::head(&transaction)?;
    Epochs::insert(&transaction, start.epoch, head)?;
    transaction.commit()
}
