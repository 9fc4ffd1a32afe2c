//! Who somebody is, as the program says that a Parlor is a part of.

use std::sync::Arc;

use parlor_shared::{MemberId, Name, Right, Rights};

use super::{
    admission::{Admission, HeldToken},
    jwt::member_of_account,
};

/// The issuer that the accounts of the program are made members of.
const PROGRAM: &str = "program";

/// A member, as the program around a [`Parlor`](crate::Parlor) knows it: who it is, how it is
/// called, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an account does nothing by itself"]
pub struct Account {
    member: MemberId,
    held: HeldToken,
}

impl Account {
    /// The member that an account of the program is: the same one whenever the account is the
    /// same, whatever its name. It may post in open rooms and do nothing else.
    pub fn new(account: &str, name: Name) -> Self {
        Self {
            member: member_of_account(PROGRAM, account),
            held: HeldToken {
                rights: Arc::new(Rights::everywhere(Right::Post)),
                name: Some(name),
                ..HeldToken::default()
            },
        }
    }

    /// Lets it do this, in the place of what it may do otherwise.
    pub fn rights(mut self, rights: Rights) -> Self {
        self.held.rights = Arc::new(rights);
        self
    }

    /// Ends its connections at this time, in Unix milliseconds.
    pub fn until(mut self, unix_ms: u64) -> Self {
        self.held.expires_at_ms = Some(unix_ms);
        self
    }

    /// Which member it is.
    #[must_use]
    pub fn member(&self) -> MemberId {
        self.member
    }
}

impl From<Account> for Admission {
    fn from(account: Account) -> Self {
        Self {
            member: account.member,
            is_new: false,
            name: None,
            held: Some(account.held),
            pass: None,
        }
    }
}
