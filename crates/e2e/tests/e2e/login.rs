//! A login with an account of a real OpenID Connect provider.

use parlor_test_server::OidcProvider;

use crate::{server::Server, window::Window};

/// Fills in the provider's form and sends it.
const SIGN_IN: &str = "document.querySelector('[name=login]').value = 'ann';
    document.querySelector('[name=password]').value = 'any';
    document.querySelector('.login-submit').click();";

/// Whether the address or the storage has what ended the login.
const IS_KEPT: &str = "return [location.href, ...Object.values(localStorage)]
    .some(words => words.includes('login='))";

#[tokio::test]
async fn a_person_comes_in_with_the_account_that_they_have_elsewhere() {
    let (server, provider): (Server, OidcProvider) = Server::start_with_logins();
    let ann = Window::open(&server, "/r/team").await;
    let reason = "Sign in with your account, or open the link of your invitation.";
    ann.wait_for_text("access-reason", reason).await;
    ann.screenshots("login").await;
    ann.click("sign-in").await;
    ann.wait_for("return !!document.querySelector('[name=login]')", true)
        .await;
    let origin = ann.eval("return location.origin").await;
    assert_eq!(origin, provider.issuer());
    ann.eval(SIGN_IN).await;
    let asks_for_consent = "return !!document.querySelector('[name=prompt][value=consent]')";
    ann.wait_for(asks_for_consent, true).await;
    ann.eval("document.querySelector('.login-submit').click()")
        .await;
    ann.wait_until_loaded().await;
    ann.wait_for_text("room-name", "team").await;
    ann.post("with my own account").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_for_texts(".message .author", &["Ann Lee"]).await;
    assert_eq!(ann.eval(IS_KEPT).await, false);
    assert_eq!(ann.eval("return location.pathname").await, "/r/team");
    // The page keeps what it was given, and goes to the provider no more.
    drop(provider);
    ann.reload().await;
    ann.wait_until_loaded().await;
    ann.wait_for_messages(1, "sent").await;
    ann.post("and again").await;
    ann.wait_for_messages(2, "sent").await;
}
