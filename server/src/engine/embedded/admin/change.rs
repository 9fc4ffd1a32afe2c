//! Everything that changes `admin.db`, in the one form in which nodes that share a stream publish
//! it.
//!
//! What becomes of a change depends on the change and on the file alone, so that all nodes end up
//! with the same. A log of one node makes its changes by the same code.

pub(super) mod bans;
pub(super) mod grants;
pub(super) mod incoming;
pub(super) mod invitations;
pub(super) mod reports;
pub(super) mod tokens;
pub(super) mod webhooks;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use self::{
    bans::BanChange, grants::GrantChange, incoming::IncomingChange, invitations::InvitationChange,
    reports::ReportChange, tokens::TokenRevoked, webhooks::WebhookChange,
};
use super::made::{Made, NotMade};

/// A change of what operators, owners and moderators decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AdminChange {
    /// Of invitations, and of what they have given.
    Invitation(InvitationChange),
    /// Of members' rights.
    Grant(GrantChange),
    /// Of bans.
    Ban(BanChange),
    /// Of reports.
    Report(ReportChange),
    /// A token is taken back.
    TokenRevoked(TokenRevoked),
    /// This is the hash of the password from now on.
    Password(String),
    /// Of webhooks that send entries.
    Webhook(WebhookChange),
    /// Of webhooks that post.
    Incoming(IncomingChange),
}

/// A change, as it is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AdminRequest {
    /// By what it is known when it is asked for again, where that may happen: it is made once.
    pub(crate) key: Option<RequestKey>,
    /// The change.
    pub(crate) change: AdminChange,
}

/// Drawn at random for each request of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RequestKey(pub(crate) [u8; 16]);

impl AdminChange {
    /// Makes the change within the caller's transaction, which is rolled back where it is refused.
    pub(super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        match self {
            Self::Invitation(change) => change.make(db),
            Self::Grant(change) => change.make(db),
            Self::Ban(change) => change.make(db),
            Self::Report(change) => change.make(db),
            Self::TokenRevoked(change) => change.make(db),
            Self::Password(hash) => {
                let sql = "INSERT OR REPLACE INTO settings VALUES ('password', ?1)";
                db.execute(sql, [hash])?;
                Ok(Made::Done)
            }
            Self::Webhook(change) => change.make(db),
            Self::Incoming(change) => change.make(db),
        }
    }

    /// Whether it is about what servers look at again: who may do what, and which webhooks there
    /// are. How far a webhook has come is not.
    pub(super) fn is_news(&self) -> bool {
        !matches!(self, Self::Webhook(WebhookChange::Kept(_)))
    }
}
