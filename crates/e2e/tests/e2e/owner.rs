//! One walk through who may come in and what they may do: the owner's link, an invitation, another
//! device, a moderator, and what the moderator does, each as the others see it.

use serde_json::json;

use crate::{server::Server, window::Window};

/// Clicks the person with this name in the list of people, as soon as they are there.
const CLICK_PERSON: &str = "const people = document.querySelectorAll('aside [data-testid=person]');
    const found = Array.from(people).find(one => one.innerText.trim().startsWith(arguments[0]));
    found?.click();
    return found !== undefined";

/// Chooses a value, given as the test id and the value.
const CHOOSE: &str = "const select = document.querySelector(
        `[data-testid=${arguments[0].testId}]`);
    if (!select) return false;
    select.value = arguments[0].value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
    return true";

/// The text of the element with this test id.
const TEXT_OF: &str = "return document.querySelector(`[data-testid=${arguments[0]}]`)?.innerText
    ?.trim() ?? ''";

/// Whether the page shows these words.
const SHOWS: &str = "return document.body.innerText.includes(arguments[0])";

impl Window {
    /// Opens the card of the person with this name.
    async fn open_person(&self, name: &str) {
        self.wait_until_with(CLICK_PERSON, json!(name), |found| found == true)
            .await;
        self.find("person-card").await;
    }

    /// Chooses a value.
    async fn choose(&self, test_id: &str, value: &str) {
        let choice = json!({ "testId": test_id, "value": value });
        self.wait_until_with(CHOOSE, choice, |done| done == true)
            .await;
    }

    /// The text of an element, once it has one.
    async fn text_of(&self, test_id: &str) -> String {
        let has_text = |text: &serde_json::Value| text != "";
        let text = self.wait_until_with(TEXT_OF, json!(test_id), has_text);
        text.await.as_str().unwrap().to_owned()
    }

    /// Waits until the page shows these words.
    async fn wait_until_shown(&self, words: &str) {
        self.wait_until_with(SHOWS, json!(words), |shown| shown == true)
            .await;
    }
}

/// The owner, who has come in by the link that the server printed.
async fn owner(server: &Server) -> Window {
    let ann = Window::open(server, &server.owner()).await;
    ann.wait_for_focus("access-name").await;
    ann.fill_and_enter("access-name", "Ann").await;
    ann.wait_until_loaded().await;
    // Who has come in goes on in the room.
    ann.wait_for_focus("composer").await;
    ann
}

/// A second browser, which comes in by an invitation that the owner makes.
async fn invited_by(ann: &Window) -> Window {
    ann.click("room-name").await;
    ann.find("owner").await;
    ann.click("invite").await;
    let link = ann.text_of("invitation").await;
    ann.wait_for_texts(
        "[data-testid=invited] .text",
        &["May write, used 0 of 1, 7 days left"],
    )
    .await;
    ann.screenshots("owner-invites").await;
    ann.click("card-close").await;
    let bob = Window::open_url(&link).await;
    bob.wait_for_focus("access-name").await;
    bob.fill_and_enter("access-name", "Bob").await;
    bob.wait_until_loaded().await;
    bob.wait_for_focus("composer").await;
    bob
}

/// Another browser of the same person, which comes in by the code that the first one shows.
async fn other_device(server: &Server, bob: &Window) -> Window {
    bob.open_person("Bob").await;
    bob.click("device").await;
    let code = bob.text_of("device-code").await;
    bob.screenshots("device-code").await;
    bob.click("person-close").await;

    let phone = Window::open_online(server, "/").await;
    let name = phone
        .eval("return document.querySelector('.own bdi').innerText")
        .await;
    phone.open_person(name.as_str().unwrap()).await;
    phone.click("device-enter").await;
    phone.wait_for_text("access-other", "Cancel").await;
    phone.fill_and_enter("access-secret", "0000-0000").await;
    let unknown = "That code isn't valid, or has been used. Have another one shown.";
    phone.wait_for_text("access-reason", unknown).await;
    phone.screenshots("device-code-wrong").await;
    phone.fill_and_enter("access-secret", &code).await;
    phone.wait_for_texts(".own bdi", &["Bob"]).await;
    phone.wait_until_loaded().await;
    phone.wait_for_focus("composer").await;
    phone
}

#[tokio::test]
async fn from_the_owners_link_to_an_invitation_another_device_a_moderator_and_a_ban() {
    let server = Server::start();
    let ann = owner(&server).await;
    let bob = invited_by(&ann).await;
    let eve = Window::open_online(&server, "/").await;
    eve.rename("Eve").await;
    eve.post("buy my watches").await;
    bob.wait_for_messages(1, "sent").await;

    let phone = other_device(&server, &bob).await;
    phone.post("from my phone").await;
    for window in [&ann, &bob, &eve] {
        window
            .wait_for_texts(".message .author", &["Eve", "Bob"])
            .await;
    }

    // The owner makes Bob a moderator; both of his devices are told.
    ann.open_person("Bob").await;
    ann.choose("person-right", "moderate").await;
    ann.screenshots("owner-person").await;
    ann.click("person-close").await;
    for device in [&bob, &phone] {
        device.click("room-name").await;
        device.find("moderation").await;
        device.click("card-close").await;
    }
    ann.click("room-name").await;
    ann.wait_for_texts("[data-testid=given] .text", &["Bob: Moderator"])
        .await;
    ann.screenshots("owner-given").await;
    ann.click("card-close").await;

    // He deletes another's message, from his second device.
    phone.hover("[data-testid=message]").await;
    phone.delete_message().await;
    for window in [&ann, &bob, &eve] {
        window.wait_until_shown("Message deleted by Bob").await;
    }
    // He mutes her.
    bob.open_person("Eve").await;
    bob.screenshots("moderator-person").await;
    bob.click("mute").await;
    ann.wait_until_shown("Bob muted Eve for 10 minutes").await;
    eve.wait_until_shown("Bob muted Eve for 10 minutes").await;
    eve.post("still here").await;
    let muted = "A moderator has muted you in this room. You can read on, and post again later.";
    eve.wait_until_shown(muted).await;
    eve.screenshots("muted").await;
    // He bans her: she is out, and the others see her go.
    bob.open_person("Eve").await;
    bob.click("ban").await;
    bob.wait_for_text("person-said", "Banned.").await;
    bob.click("person-close").await;
    let banned = "A moderator has banned you. You can come back when the ban has ended.";
    eve.wait_until_shown(banned).await;
    eve.screenshots("banned").await;
    phone.post("that is better").await;
    ann.wait_for_newest("that is better").await;
    bob.click("room-name").await;
    bob.find("banned").await;
    bob.screenshots("moderator-room").await;
    for window in [&ann, &bob, &phone, &eve] {
        window.assert_no_console_errors().await;
    }
}

#[tokio::test]
async fn a_link_for_another_device_asks_before_it_makes_this_browser_somebody_else() {
    let server = Server::start_by_invitation();
    let ann = Window::open(&server, &server.invite("team", "post")).await;
    ann.fill_and_enter("access-name", "Ann").await;
    ann.wait_until_loaded().await;
    ann.open_person("Ann").await;
    ann.click("device").await;
    let link = ann.text_of("device-link").await;
    let code = link.split_once("#device=").unwrap().1;
    let phone = Window::open_url(&link).await;
    let about = "Your other device has shown this link. You come in here as the same person.";
    phone.wait_for_text("access-reason", about).await;
    phone.screenshots("device-link").await;
    // Nobody can log in at this server, so no link leads there.
    let is_login_shown = "return document.querySelector('[data-testid=sign-in]').checkVisibility()";
    assert_eq!(phone.eval(is_login_shown).await, false);
    assert!(
        !phone
            .page
            .current_url()
            .await
            .unwrap()
            .as_str()
            .contains(code)
    );
    phone.click("come-in").await;
    phone.wait_until_loaded().await;
    phone.wait_for_texts(".own bdi", &["Ann"]).await;
    phone.post("it is me").await;
    ann.wait_for_messages(1, "sent").await;
    // It comes back without a code, and the link was good for once.
    phone.reload().await;
    phone.wait_until_loaded().await;
    phone.wait_for_messages(1, "sent").await;
    let eve = Window::open_url(&link).await;
    eve.click("come-in").await;
    let used = "That code isn't valid, or has been used. Have another one shown.";
    eve.wait_for_text("access-reason", used).await;
    for window in [&ann, &phone, &eve] {
        window.assert_no_console_errors().await;
    }
}

#[tokio::test]
async fn an_owner_makes_a_room_read_only_and_private_from_its_card() {
    let server = Server::start();
    let ann = owner(&server).await;
    let bob = Window::open_online(&server, "/").await;
    ann.post("the news").await;
    bob.wait_for_messages(1, "sent").await;
    ann.click("room-name").await;
    ann.choose("room-kind", "read_only").await;
    ann.click("card-close").await;
    bob.wait_until_shown("Ann made the room read-only").await;
    // Nothing that writes is offered to those who may only read.
    let offered = "return Array.from(document.querySelectorAll(
        '[data-testid=emoji], [data-testid=reply], [data-testid=react]'))
        .filter(one => one.checkVisibility()).length";
    bob.hover("[data-testid=message]").await;
    bob.find("more").await;
    bob.wait_for(offered, 0).await;
    bob.screenshots("read-only-room").await;
    ann.click("room-name").await;
    ann.choose("room-kind", "private").await;
    ann.click("card-close").await;
    let put_out = "You may not come into this room. Somebody who is in it can invite you.";
    bob.wait_until_shown(put_out).await;
    bob.screenshots("put-out").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}
