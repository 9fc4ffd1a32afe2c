//! Where the server does not let everyone in: the password, an invitation, and a room in which a
//! person may only read.

use crate::{server::Server, window::Window};

const PASSWORD: &str = "open sesame";

/// What the composer shows while it is empty, and whether nothing can be written or sent.
const COMPOSER: &str = "const field = document.querySelector('[data-testid=composer]');
    return [field.placeholder, field.readOnly,
        document.querySelector('[data-testid=send]').disabled]";

/// Whether the browser stores these words, or shows them in the address.
const IS_KEPT: &str = "return [location.href, ...Object.values(localStorage)]
    .some(words => words.includes(arguments[0]))";

impl Window {
    pub(crate) async fn assert_forgotten(&self, secret: &str) {
        assert_eq!(self.eval_with(IS_KEPT, secret.into()).await, false);
    }
}

#[tokio::test]
async fn the_password_lets_a_person_in_and_a_wrong_one_is_told() {
    let server = Server::start_with_password(PASSWORD);
    let ann = Window::open(&server, "/").await;
    let reason = "This server has a password. Enter it to come in.";
    ann.wait_for_text("access-reason", reason).await;
    ann.wait_for_focus("access-secret").await;
    ann.screenshots("password").await;
    ann.fill("access-name", "Ann").await;
    ann.fill_and_enter("access-secret", "open says me").await;
    ann.wait_for_text(
        "access-reason",
        "That is not the password of this server. Try again.",
    )
    .await;
    ann.screenshots("password-wrong").await;
    ann.fill_and_enter("access-secret", PASSWORD).await;
    ann.wait_until_loaded().await;
    ann.wait_until_gone("[data-testid=access]").await;
    ann.post("I am in").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_for_texts(".message .author", &["Ann"]).await;
    ann.assert_forgotten(PASSWORD).await;

    // The page keeps what it was given for the password, and is not asked again.
    ann.reload().await;
    ann.wait_until_loaded().await;
    ann.wait_for_messages(1, "sent").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_link_of_an_invitation_leads_to_a_name_and_into_its_room() {
    let server = Server::start_by_invitation();
    let invitation = server.invite("team", "post");
    let code = invitation.split_once("#invite=").unwrap().1;
    let ann = Window::open(&server, &invitation).await;
    ann.wait_for_focus("access-name").await;
    ann.assert_forgotten(code).await;
    ann.screenshots("invited").await;
    ann.fill_and_enter("access-name", "Ann").await;
    ann.wait_until_loaded().await;
    ann.wait_for_text("room-name", "team").await;
    ann.post("thanks for the invitation").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_for_texts(".message .author", &["Ann"]).await;
    ann.assert_forgotten(code).await;
    ann.reload().await;
    ann.wait_until_loaded().await;
    ann.wait_for_messages(1, "sent").await;

    // Without an invitation nobody comes in. Its link is taken in the field and in the address.
    let bob = Window::open(&server, "/r/team").await;
    bob.wait_for_focus("access-secret").await;
    bob.screenshots("not-invited").await;
    bob.fill_and_enter("access-secret", "no-such-invitation")
        .await;
    let unknown = "That invitation isn't valid, or was taken back. Ask for another one.";
    bob.wait_for_text("access-reason", unknown).await;
    bob.fill_and_enter("access-secret", &server.url(&invitation))
        .await;
    bob.wait_for_messages(1, "sent").await;
    let eve = Window::open(&server, "/r/team").await;
    eve.wait_for_focus("access-secret").await;
    eve.goto(&server, &invitation).await;
    eve.wait_for_focus("access-name").await;
    eve.click("come-in").await;
    eve.wait_for_messages(1, "sent").await;
    for window in [&ann, &bob, &eve] {
        window.assert_no_console_errors().await;
    }
}

#[tokio::test]
async fn where_a_person_may_only_read_the_composer_says_so() {
    let server = Server::start_by_invitation();
    let ann = Window::open(&server, &server.invite("news", "post")).await;
    ann.click("come-in").await;
    ann.wait_until_loaded().await;
    ann.post("the news").await;
    let bob = Window::open(&server, &server.invite("news", "read")).await;
    bob.click("come-in").await;
    bob.wait_until_loaded().await;
    bob.wait_for_messages(1, "sent").await;
    let read_only = serde_json::json!(["You can read here, and not post", true, true]);
    bob.wait_for(COMPOSER, read_only).await;
    bob.screenshots("read-only").await;
    bob.post("may I?").await;
    ann.post("more news").await;
    bob.wait_for_messages(2, "sent").await;
    bob.wait_for_messages(0, "pending").await;
    bob.assert_no_console_errors().await;
}
