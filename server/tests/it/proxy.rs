//! Behind a reverse proxy each client has limits of its own.

use parlor_shared::ClientMessage;
use parlor_test_server::TestServer;

use crate::client::Client;

/// Whether two clients that a proxy names in this header, each in the form that `form` gives its
/// number, share a limit: one address may have one connection here.
async fn share_a_limit(trusted: &str, header: &'static str, form: impl Fn(u32) -> String) -> bool {
    let options = ["--connections-per-address", "1", "--trust-proxy", trusted];
    let server = TestServer::start_with(&options);
    let connect = async |n| {
        let value = form(n);
        let mut client = Client::connect_with(server.address(), &[(header, &value)]).await;
        client.send(&ClientMessage::Ping { t: 0 }).await;
        let is_open = client.next_unless_closed().await.is_some();
        (client, is_open)
    };
    let (_first, is_open) = connect(1).await;
    assert!(is_open);
    let (_second, is_open) = connect(2).await;
    !is_open
}

#[actix_web::test]
async fn a_proxys_clients_are_told_apart_in_every_form_that_proxies_write() {
    let xff = "x-forwarded-for";
    for trusted in ["127.0.0.1", "::ffff:127.0.0.1", "127.0.0.0/8"] {
        assert!(
            !share_a_limit(trusted, xff, |n| format!("10.0.0.{n}")).await,
            "{trusted}"
        );
    }
    type Form = fn(u32) -> String;
    let forms: [(&'static str, Form); 6] = [
        (xff, |n| format!("10.0.0.{n}:4711")),
        (xff, |n| format!("[2001:db8:0:{n:x}::1]")),
        (xff, |n| format!("9.9.9.9, [2001:db8:0:{n:x}::1]:443")),
        (xff, |n| format!("2001:db8:0:{n:x}::1")),
        ("forwarded", |n| {
            format!("for=\"[2001:db8:0:{n:x}::1]:4711\";proto=https")
        }),
        ("forwarded", |n| format!("for=9.9.9.9, For=10.0.0.{n}")),
    ];
    for (header, form) in forms {
        assert!(
            !share_a_limit("127.0.0.1", header, form).await,
            "{}",
            form(1)
        );
    }
}

#[actix_web::test]
async fn what_is_no_proxys_or_names_nobody_shares_one_limit() {
    let header = "x-forwarded-for";
    assert!(share_a_limit("192.0.2.1", header, |n| format!("10.0.0.{n}")).await);
    assert!(share_a_limit("127.0.0.1", header, |n| format!("10.0.0.{n}, 9.9.9.9")).await);
    assert!(share_a_limit("127.0.0.1", header, |n| format!("10.0.0.{n}, unknown")).await);
    assert!(share_a_limit("127.0.0.1", "forwarded", |n| format!("for=_hidden{n}")).await);
}
