//! The end of a login: the provider's code becomes an ID token, which says who it is.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::{
    Method, StatusCode,
    header::{AUTHORIZATION, HeaderValue},
};
use parlor_shared::{codec, limits::ACCESS_SKEW_S};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::{
    Login,
    attempt::{Attempt, Env},
    claims::{IdClaims, MoreClaims, is_enough},
    error::LoginError,
    provider::{Provider, SecretIn},
};
use crate::{
    access::{TrustedKeys, claims_of, has_key_of},
    fetch::{Fetched, Sent, form},
    repeated_line::log_repeated,
};

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl Login {
    /// Exchanges the provider's code for what it says of the account.
    pub(super) async fn exchange(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        code: &str,
        now: Env,
    ) -> Result<IdClaims, LoginError> {
        let verifier = self.key.verifier(attempt);
        let answer = self
            .fetcher
            .send(&provider.token, self.question(provider, code, &verifier));
        let tokens = tokens(answer.await.map_err(unavailable)?)?;
        let mut claims = self.verified(provider, &tokens.id_token, now).await?;
        if let Err(why) = self.check(provider, &claims, attempt, now.unix_ms / 1_000) {
            return Err(refused(why));
        }
        if let (Some(userinfo), Some(token)) = (&provider.userinfo, &tokens.access_token)
            && !is_enough(&self.config, &claims.others)
        {
            let mut question = Sent::default();
            *question.method_mut() = Method::GET;
            authorize(&mut question, format!("Bearer {token}"));
            let answer = self
                .fetcher
                .send(userinfo, question)
                .await
                .map_err(unavailable)?;
            let more: Option<MoreClaims> = (answer.status == StatusCode::OK)
                .then(|| json(&answer))
                .flatten();
            match more {
                Some(more) if more.sub == claims.sub => claims.others.extend(more.others),
                Some(_) => return Err(refused("it speaks of another account")),
                None => log_repeated!(warn, "the provider says no more of an account"),
            }
        }
        Ok(claims)
    }

    fn question(&self, provider: &Provider, code: &str, verifier: &str) -> Sent {
        let config = &self.config;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &config.redirect_url),
            ("code_verifier", verifier),
        ];
        let secret = config.client_secret.as_ref();
        let in_header = secret.filter(|_| provider.secret_in == SecretIn::Header);
        if in_header.is_none() {
            fields.push(("client_id", &config.client_id));
            fields.extend(secret.map(|secret| ("client_secret", secret.as_str())));
        }
        let mut question = form(&fields);
        if let Some(secret) = in_header {
            let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let both = format!("{}:{}", part(&config.client_id), part(secret.as_str()));
            authorize(&mut question, format!("Basic {}", STANDARD.encode(both)));
        }
        question
    }

    /// What the ID token says, if one of the provider's keys has signed it.
    async fn verified(
        &self,
        provider: &Provider,
        token: &str,
        now: Env,
    ) -> Result<IdClaims, LoginError> {
        let read = |keys: &TrustedKeys| claims_of::<IdClaims>(token, keys);
        if let Some(keys) = provider.keys.keys() {
            if let Some(claims) = read(&keys) {
                return Ok(claims);
            }
            if has_key_of(token, &keys) {
                return Err(refused("the key that its token names has not signed it"));
            }
        }
        provider.keys.fetch_for_unknown(now.rate_ms).await;
        let keys = provider.keys.keys().ok_or(LoginError::Unavailable)?;
        read(&keys).ok_or_else(|| refused("its token is of none of its keys"))
    }

    /// Checks that an ID token is for this server and this login (OpenID Connect Core, 3.1.3.7).
    fn check(
        &self,
        provider: &Provider,
        claims: &IdClaims,
        attempt: &Attempt,
        now_s: u64,
    ) -> Result<(), &'static str> {
        let client = self.config.client_id.as_str();
        if claims.iss != provider.issuer {
            return Err("its token is of another issuer");
        }
        let is_for_others = claims.azp.as_ref().is_some_and(|azp| azp != client);
        if !claims.aud.has(client)
            || is_for_others
            || (claims.aud.is_many() && claims.azp.is_none())
        {
            return Err("its token is for somebody else");
        }
        if claims.exp <= now_s || claims.iat > now_s + ACCESS_SKEW_S {
            return Err("its token is not valid now; compare the two clocks");
        }
        if claims.nonce != Some(self.key.nonce(attempt)) {
            return Err("its token is of another login");
        }
        Ok(())
    }
}

fn tokens(answer: Fetched) -> Result<Tokens, LoginError> {
    if answer.status == StatusCode::OK {
        return json(&answer).ok_or_else(|| refused("its answer has no token"));
    }
    let status = answer.status.as_u16();
    let error = json::<Refused>(&answer).map(|refused| refused.error);
    let error = error.unwrap_or_default();
    log_repeated!(warn, status, error, "the provider gives no token");
    // The code was used, or is too old: going back in the browser is enough.
    Err(match error.as_str() {
        "invalid_grant" => LoginError::TooLate,
        _ => LoginError::Refused,
    })
}

fn json<T: for<'a> Deserialize<'a>>(answer: &Fetched) -> Option<T> {
    codec::from_json(std::str::from_utf8(&answer.body).ok()?).ok()
}

fn authorize(question: &mut Sent, text: String) {
    // What is no header is refused by the provider.
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        question.headers_mut().insert(AUTHORIZATION, value);
    }
}

fn unavailable(error: crate::fetch::FetchError) -> LoginError {
    log_repeated!(warn, %error, "the provider can't be asked");
    LoginError::Unavailable
}

fn refused(why: &'static str) -> LoginError {
    log_repeated!(
        warn,
        why,
        "a login is refused: what the provider says does not hold"
    );
    LoginError::Refused
}
