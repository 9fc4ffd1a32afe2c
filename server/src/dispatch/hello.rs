//! Who the client is: hello and rename.

use parlor_shared::{
    AccessToken, AckPromise, ClientInfo, ErrorCode, Member, Name, PROTOCOL_VERSION, ServerMessage,
    close::CloseCode,
    limits::{CLIENT_INFO_BYTES_MAX, HELLO_TOKENS, PING_INTERVAL_MS},
};

use crate::{
    access::Admission,
    dispatch::{
        admit::{ShownToComeIn, admit},
        bans::check_ban,
        client::Client,
        error::RequestError,
        written::{check_chosen_name, check_name},
    },
    engine::{Engine, Promise},
};

impl Client {
    /// Welcomes the client, as the member that its token proves, or as a new one, unless it may not
    /// come in.
    pub(super) async fn hello(
        &mut self,
        protocol: u16,
        name: Name,
        shown: ShownToComeIn,
        client: &ClientInfo,
    ) -> Result<(), RequestError> {
        if protocol != PROTOCOL_VERSION {
            let why = format!("This server speaks protocol version {PROTOCOL_VERSION}.");
            let error = RequestError::new(ErrorCode::ProtocolVersion, why);
            return Err(error.closing(CloseCode::ProtocolVersion));
        }
        if self.is_welcomed() {
            let why = "Hello is sent once. Rename changes the name.";
            return Err(RequestError::new(ErrorCode::HelloRepeated, why));
        }
        check_name(&name)?;
        let Admission {
            member,
            name: of_device,
            held,
            pass,
            ..
        } = admit(
            &self.node,
            shown,
            Some(name.clone()),
            self.limited_network(),
        )
        .await?;
        check_ban(&self.node, self.visitor(member), None)
            .map_err(|banned| banned.closing(CloseCode::Banned))?;
        let name = held
            .as_ref()
            .and_then(|held| held.name.clone())
            .or(of_device)
            .unwrap_or(name);
        let expires_at_ms = held.as_ref().and_then(|held| held.expires_at_ms);
        if pass.is_some() || expires_at_ms.is_some() {
            self.outbound.reply(&ServerMessage::Admitted {
                access: pass,
                expires_at_ms,
            });
        }
        self.hold(member, held);
        let (client_name, client_version) = (cut(&client.name), cut(&client.version));
        tracing::debug!(%member, client_name, client_version, "hello");
        self.outbound.reply(&ServerMessage::Welcome {
            protocol: PROTOCOL_VERSION,
            server: self.node.version.clone(),
            member,
            token: self.node.tokens.sign(member),
            name: name.clone(),
            epoch: self.node.engine.epoch(),
            limits: self.node.limits,
            heartbeat_ms: PING_INTERVAL_MS,
            at_ms: self.node.hub.clock().unix_ms(),
            promise: promise(&*self.node.engine),
        });
        self.set_member(Member { member, name });
        self.charge(HELLO_TOKENS - 1);
        Ok(())
    }

    /// Takes a new access token in the place of the one that the connection has.
    pub(super) async fn renew(&mut self, token: &AccessToken) -> Result<(), RequestError> {
        let member = self.member()?.member;
        let now_ms = self.node.hub.clock().unix_ms();
        let access = self.node.access.clone();
        let held = access.renew(token, member, now_ms, self.now_ms()).await?;
        self.outbound.reply(&ServerMessage::Admitted {
            access: None,
            expires_at_ms: held.expires_at_ms,
        });
        self.hold(member, Some(held));
        match self.handle_access_change() {
            None => Ok(()),
            Some(code) => {
                let why = "You may not stay here.";
                Err(RequestError::new(ErrorCode::NotAllowed, why).closing(code))
            }
        }
    }

    /// Changes the member's name, in every room the client is in. It costs as much as a post to
    /// each of them, because everyone there hears of it.
    pub(super) fn rename(&mut self, name: Name) -> Result<(), RequestError> {
        let member = self.member()?.member;
        check_chosen_name(self.held.as_deref(), &name)?;
        let member = Member { member, name };
        let mut rooms = 0;
        self.outbound.for_each_room(|room| {
            room.rename(&member);
            rooms += 1;
        });
        self.charge(rooms);
        self.set_member(member);
        Ok(())
    }
}

/// What holds of a post that this node acks.
fn promise(engine: &dyn Engine) -> AckPromise {
    let Some(stream) = engine.stream() else {
        return AckPromise::Durable;
    };
    match stream.condition().promise {
        Some(Promise::Durable) => AckPromise::Durable,
        // No more than that is known until the servers were asked.
        Some(Promise::Replicated(_)) | None => AckPromise::Replicated,
    }
}

/// A client's own name or version, as much as is logged.
fn cut(info: &str) -> &str {
    &info[..info.floor_char_boundary(CLIENT_INFO_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_info_is_cut_between_characters() {
        assert_eq!(cut("parlor-page"), "parlor-page");
        let long = "ä".repeat(CLIENT_INFO_BYTES_MAX);
        assert_eq!(cut(&long).len(), CLIENT_INFO_BYTES_MAX);
        assert_eq!(cut(&format!("a{long}")).len(), CLIENT_INFO_BYTES_MAX - 1);
    }
}
