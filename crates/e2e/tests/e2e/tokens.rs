//! Access tokens in the page's address: one that lets a person in, and those that are no good.

use crate::{server::Server, window::Window};

/// A key of somebody else's, whose tokens count: the bytes `secret-secret-secret-secret`.
const KEYS: &str =
    r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}"#;

/// Tokens of that key, but for the last one, which another key has signed under its name: who they
/// are for is `eve`, `exp` of the first is 1, `nbf` of the second lies in the year 5138.
const NO_GOOD: [(&str, &str, &str); 3] = [
    (
        "expired",
        concat!(
            "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.",
            "eyJzdWIiOiJldmUiLCJhdWQiOiJwYXJsb3IiLCJleHAiOjF9.",
            "NULU-s8c7aVUDN__QtgkCmNdG3Zo1iUIoZVS16Dsi3Y"
        ),
        "Your access has expired. Get a new token, or a new invitation.",
    ),
    (
        "future",
        concat!(
            "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.",
            "eyJzdWIiOiJldmUiLCJhdWQiOiJwYXJsb3IiLCJleHAiOjk5OTk5OTk5OTk5LCJuYmYiOjk5OTk5OTk5OTk5fQ.",
            "Gmmu-n2nblQSWcWIWJbHA0AhqSJ1okujx6OqjLwwTso"
        ),
        "Your access token is not valid yet. Try again later.",
    ),
    (
        "foreign",
        concat!(
            "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.",
            "eyJzdWIiOiJldmUiLCJhdWQiOiJwYXJsb3IiLCJleHAiOjk5OTk5OTk5OTk5fQ.",
            "ZKRcdTSrbFTGe9IumJlCdoxPrn0PKyQzXgTU9pmqojs"
        ),
        "Your access token is not whole, or not signed by whom it names. Get another one.",
    ),
];

#[tokio::test]
async fn a_token_lets_a_person_in_and_one_that_is_no_good_is_told_while_who_is_in_stays_in() {
    let server = Server::start_with_token_keys(KEYS);
    let token = server.token("Ann");
    let ann = Window::open(&server, &format!("/#login={token}")).await;
    ann.wait_until_loaded().await;
    ann.assert_forgotten(&token).await;
    ann.post("I am in").await;
    ann.wait_for_texts(".message .author", &["Ann"]).await;
    let eve = Window::open(&server, "/").await;
    for (what, token, sentence) in NO_GOOD {
        eve.goto(&server, &format!("/#login={token}")).await;
        eve.wait_for_text("access-reason", sentence).await;
        eve.screenshots(&format!("token-{what}")).await;
        eve.assert_forgotten(token).await;
    }
    ann.post("and still here").await;
    ann.wait_for_messages(2, "sent").await;

    // Who loses their access is told why, and comes in again with another.
    server.revoke(&token);
    let taken_back = "Your access was taken back. Ask whoever gave it to you.";
    ann.wait_for_text("access-reason", taken_back).await;
    ann.screenshots("token-revoked").await;
    let invitation = server.url(&server.invite("lobby", "post"));
    ann.fill_and_enter("access-secret", &invitation).await;
    ann.wait_until_loaded().await;
    ann.post("back again").await;
    ann.wait_for_messages(3, "sent").await;
    for window in [&ann, &eve] {
        window.assert_no_console_errors().await;
    }
}
