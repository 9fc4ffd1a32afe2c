//! What the page says of its connection.

use crate::texts::language::texts;

texts! {
    /// The connection is open.
    connected = "Connected";
    /// It is being opened.
    connecting = "Connecting…";
    /// It was lost, and the page will open another.
    connection_lost = "Connection lost";
    /// The same, with the time until the next attempt.
    retrying_in(seconds: Count) = "Connection lost. Retrying in {seconds} s";
    /// The user has disconnected.
    disconnected = "Disconnected";
    /// The user opened the link of an invitation.
    invited_about = "You are invited. Choose the name that others see.";
    /// A field.
    access_password = "Password";
    /// A field.
    access_invitation = "Link of your invitation";
    /// Shows it to the server.
    come_in = "Come in";
    /// Leads to where the user has an account.
    sign_in = "Sign in with your account";
    /// In the place of the message field, where the user may not post.
    read_only_here = "You can read here, and not post";
    /// The server asks for something that the page has not shown.
    not_let_in = "Not let in";
    /// The server has closed the connection for good.
    closed_by_server(code: Text) = "The server closed the connection. Reload the page. (code {code})";
    /// Opens a connection without waiting any longer.
    retry_now = "Retry now";
    /// Opens a connection.
    reconnect = "Reconnect";
    /// Closes the connection.
    disconnect = "Disconnect";
}
