//! Logins at a real OpenID Connect provider.

use parlor_shared::{Access, ClientMessage, ErrorCode, Name, Right, ServerMessage};
use parlor_test_server::{CLIENT_ID, CLIENT_SECRET, OidcProvider, TestServer};

use crate::{
    browser::{Browser, PUBLIC, Page},
    client::Client,
    issuer::access,
    server::command,
    start::complaint,
};

/// The rules of most of these tests.
const RULES: &str = "groups=staff:team-*=post,groups=moderators:team-*=moderate";

/// A provider, and a server at which its accounts log in.
struct Logins {
    provider: OidcProvider,
    server: TestServer,
}

impl Logins {
    fn start() -> Self {
        let provider = OidcProvider::start(&format!("{PUBLIC}/login/callback")).unwrap();
        let server = TestServer::start_with(&options(provider.issuer()));
        Self { provider, server }
    }

    fn browser(&self) -> Browser {
        Browser::new(self.server.address())
    }

    /// A client that shows what the server has sent a browser back with.
    async fn come_in(&self, page: &Page) -> Client {
        let mut client = Client::connect(self.server.address()).await;
        client.access = access(ticket(page));
        client.hello("visitor").await;
        client
    }
}

fn options(issuer: &str) -> [&str; 16] {
    [
        "--access",
        "token",
        "--url",
        PUBLIC,
        "--fetch-from",
        "127.0.0.1",
        "--oidc-issuer",
        issuer,
        "--oidc-client-id",
        CLIENT_ID,
        "--oidc-client-secret",
        CLIENT_SECRET,
        "--oidc-scopes",
        "openid profile groups",
        "--oidc-rights",
        RULES,
    ]
}

/// What the page finds behind the `#` of its address.
fn ticket(page: &Page) -> &str {
    let location = page.location.as_deref();
    let location = location.unwrap_or_else(|| panic!("{page:?}"));
    location.split_once("#login=").unwrap().1
}

/// The code that a page has for programs.
fn code(page: &Page) -> &str {
    let (_, rest) = page.body.split_once("parlor-error\" content=\"").unwrap();
    rest.split('"').next().unwrap()
}

#[actix_web::test]
async fn who_has_an_account_at_the_provider_comes_in_with_its_name_and_rights() {
    let logins = Logins::start();
    let mut stranger = Client::connect(logins.server.address()).await;
    stranger.say_hello("eve").await;
    stranger.refused(ErrorCode::LoginRequired).await;

    let mut browser = logins.browser();
    let page = browser.log_in("ann", "team-tea");
    assert_eq!(page.status, 303, "{page:?}");
    let location = page.location.clone().unwrap();
    assert!(location.starts_with("/r/team-tea#login="), "{location}");
    for header in ["cache-control: no-store", "referrer-policy: no-referrer"] {
        assert!(page.headers.contains(header), "{}", page.headers);
    }

    let mut ann = logins.come_in(&page).await;
    let Some(Access::Token(pass)) = ann.access.clone() else {
        panic!("{:?}", ann.access)
    };
    assert_ne!(
        pass.as_str(),
        ticket(&page),
        "a token in the ticket's place"
    );
    ann.join("team-tea").await;
    ann.post("team-tea", "hello").await;
    assert_eq!(ann.entry().await.name.as_str(), "Ann Lee");
    let mut again = Client::connect(logins.server.address()).await;
    again.access = access(ticket(&page));
    again.say_hello("eve").await;
    again.refused(ErrorCode::AccessExpired).await;
    again.access = Some(Access::Token(pass));
    again.hello("visitor").await;
    assert_eq!(again.member, ann.member);
    let moderates = |message: &ServerMessage| {
        matches!(
            message,
            ServerMessage::Right {
                right: Right::Moderate,
                ..
            }
        )
    };
    let room = crate::client::room("team-tea");
    again.send(&ClientMessage::Join { room, after: None }).await;
    again.until(moderates).await;
    let name = Name::parse("Eve").unwrap();
    again.send(&ClientMessage::Rename { name }).await;
    again.refused(ErrorCode::NotAllowed).await;

    // Another browser, another day: the same account is the same member, and another one is not.
    let page = logins.browser().log_in("ann", "");
    assert!(page.location.as_deref().unwrap().starts_with("/#login="));
    assert_eq!(logins.come_in(&page).await.member, ann.member);
    let page = logins.browser().log_in("bob", "team-tea");
    let mut bob = logins.come_in(&page).await;
    assert_ne!(bob.member, ann.member);
    let room = crate::client::room("lobby");
    bob.send(&ClientMessage::Join { room, after: None }).await;
    bob.refused(ErrorCode::NotAllowed).await;
}

#[actix_web::test]
async fn a_login_ends_only_in_the_browser_that_began_it_and_once() {
    let logins = Logins::start();
    let mut ann = logins.browser();
    let page = ann.log_in("ann", "team-tea");
    assert_eq!(page.status, 303);
    // The address that the provider has sent it to, in another browser and again in the same.
    let returned = page.url.to_string();
    let elsewhere = logins.browser().open(&returned, None);
    assert_eq!(
        (elsewhere.status, code(&elsewhere)),
        (400, "login_not_begun")
    );
    assert!(
        elsewhere.body.contains("href=\"/login\""),
        "{}",
        elsewhere.body
    );
    let again = ann.open(&returned, None);
    assert_eq!((again.status, code(&again)), (400, "login_not_begun"));

    // Somebody else's login, in a browser that has begun one of its own: nobody logs another in.
    let mut eve = logins.browser();
    eve.open(&format!("{PUBLIC}/login"), None);
    let mixed = eve.open(&returned, None);
    assert_eq!((mixed.status, code(&mixed)), (400, "login_not_begun"));
    let mut bob = logins.browser();
    let begun = bob.request(&format!("{PUBLIC}/login").parse().unwrap(), None);
    let cookie = begun
        .headers
        .lines()
        .find(|line| line.starts_with("set-cookie"));
    let cookie = cookie.unwrap();
    assert!(
        cookie.contains("HttpOnly; SameSite=Lax") && cookie.contains("Path=/login;"),
        "{cookie}"
    );
    let state = begun.location.unwrap().parse::<url::Url>().unwrap();
    let state = state
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let callback = |rest: &str| format!("{PUBLIC}/login/callback?state={state}&{rest}");
    let denied = bob.open(&callback("error=access_denied"), None);
    assert_eq!((denied.status, code(&denied)), (403, "login_denied"));
    let other = bob.open(&callback("code=x&iss=https%3A%2F%2Fevil.example"), None);
    assert_eq!((other.status, code(&other)), (400, "login_refused"));
    let unknown = bob.open(&callback("code=x"), None);
    assert_eq!((unknown.status, code(&unknown)), (400, "login_too_late"));
}

#[actix_web::test]
async fn an_account_that_no_rule_is_for_does_not_come_in() {
    let logins = Logins::start();
    let refused = logins.browser().log_in("mallory", "team-tea");
    assert_eq!((refused.status, code(&refused)), (403, "login_not_allowed"));
}

#[actix_web::test]
async fn while_the_provider_is_down_nobody_logs_in_and_who_is_in_stays() {
    let Logins { provider, server } = Logins::start();
    let mut browser = Browser::new(server.address());
    let page = browser.log_in("ann", "team-tea");
    let mut ann = Client::connect(server.address()).await;
    ann.access = access(ticket(&page));
    ann.hello("visitor").await;
    let begun = browser.request(&format!("{PUBLIC}/login").parse().unwrap(), None);
    let state = begun.location.unwrap().parse::<url::Url>().unwrap();
    let state = state
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    drop(provider);
    let failed = browser.open(
        &format!("{PUBLIC}/login/callback?state={state}&code=x"),
        None,
    );
    assert_eq!((failed.status, code(&failed)), (502, "login_unavailable"));
    ann.check_alive().await;
    let pass = ann.access.clone();
    let mut anew = Client::connect(server.address()).await;
    anew.access = pass;
    anew.hello("visitor").await;
    assert_eq!(anew.member, ann.member);
}

#[test]
fn a_provider_that_may_not_be_asked_or_is_another_one_is_told_at_the_start() {
    let provider = OidcProvider::start(&format!("{PUBLIC}/login/callback")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = |options: &[&str]| {
        let output = command(folder.path()).args(options).output().unwrap();
        complaint(&output, 1)
    };
    let options = options(provider.issuer());
    let not_listed = run(&[&options[..4], &options[6..]].concat());
    assert!(not_listed.contains("--fetch-from"), "{not_listed}");
    let elsewhere = provider.issuer().replace("127.0.0.1", "localhost");
    let mut other = options.to_vec();
    other[5] = "localhost,127.0.0.1";
    other[7] = &elsewhere;
    let other = run(&other);
    assert!(
        other.contains("--oidc-issuer") && other.contains(provider.issuer()),
        "{other}"
    );
    for left_out in [2, 8] {
        let mut lacking = options.to_vec();
        lacking.drain(left_out..left_out + 2);
        let output = command(folder.path()).args(&lacking).output().unwrap();
        let lacks = complaint(&output, 2);
        assert!(lacks.contains("oidc-issuer needs"), "{lacks}");
    }
}
