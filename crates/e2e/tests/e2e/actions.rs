//! What people do in a room, by the page's own ways.

use fantoccini::key::Key;

use crate::window::Window;

/// The text in the composer.
pub(crate) const DRAFT: &str = "return document.getElementById('composer').value";

impl Window {
    /// Types a message into the composer and sends it.
    pub(crate) async fn post(&self, text: &str) {
        let composer = self.find("composer").await;
        composer.send_keys(&(text + &Key::Enter)).await.unwrap();
    }

    /// Begins to edit the message whose bar is shown.
    pub(crate) async fn edit_message(&self) {
        self.click("more").await;
        self.click("edit").await;
    }

    /// Deletes the message whose bar is shown; deleting asks for a confirmation.
    pub(crate) async fn delete_message(&self) {
        self.click("more").await;
        self.click_css("[data-testid=delete]:not(.bad)").await;
        self.click_css("[data-testid=delete].bad").await;
    }

    /// Marks everything in the room as read, by Escape in the field.
    pub(crate) async fn mark_room_read(&self) {
        self.find("unread-above").await;
        self.click("composer").await;
        self.press(&Key::Escape).await;
        self.wait_until_gone("[data-testid=unread-above]").await;
    }

    /// Changes the person's name in the settings; Enter closes the dialog.
    pub(crate) async fn rename(&self, name: &str) {
        self.click("settings").await;
        self.fill_and_enter("name-input", name).await;
        self.wait_until_gone("dialog[open]").await;
    }
}
