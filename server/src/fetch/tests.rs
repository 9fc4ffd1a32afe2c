//! Real sockets on this machine, which the server asks only where it is listed.

use parlor_shared::limits::WEBHOOK_TIMEOUT_MS;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A server that gives each connection the next of these answers, and then none.
async fn answering(answers: Vec<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for answer in answers {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(tcp.read_u8().await.unwrap());
            }
            // The client may have read enough and gone.
            tcp.write_all(answer.as_bytes()).await.ok();
        }
    });
    address
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
}

fn fetcher(listed: &[&str]) -> Fetcher {
    let listed = listed.iter().map(|text| text.parse().unwrap()).collect();
    Fetcher::new(listed).unwrap()
}

async fn get(fetcher: &Fetcher, url: &str) -> Result<Bytes, FetchError> {
    fetcher.get(&url.parse().unwrap()).await
}

#[tokio::test]
async fn this_machine_is_asked_only_if_it_is_listed() {
    let address = answering(vec![ok("keys"), ok("keys")]).await;
    let port = address.port();
    let none = fetcher(&[]);
    for host in [
        "127.0.0.1",
        "localhost",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ] {
        for scheme in ["http", "https"] {
            let refused = get(&none, &format!("{scheme}://{host}:{port}/")).await;
            let refused = refused.unwrap_err();
            assert!(
                matches!(refused, FetchError::NotPublic { .. }),
                "{refused:?}"
            );
            assert!(refused.to_string().contains("--fetch-from"));
        }
    }
    let by_address = fetcher(&["127.0.0.0/8"]);
    let fetched = get(&by_address, &format!("http://127.0.0.1:{port}/keys?x=1")).await;
    assert_eq!(fetched.unwrap(), "keys");
    let by_name = fetcher(&["localhost"]);
    let fetched = get(&by_name, &format!("http://localhost:{port}/")).await;
    assert_eq!(fetched.unwrap(), "keys");
    let by_address = get(&by_name, &format!("http://127.0.0.1:{port}/")).await;
    assert!(matches!(by_address, Err(FetchError::NotPublic { .. })));
}

#[test]
fn of_a_host_with_many_addresses_the_first_that_may_be_asked_are_tried() {
    let fetcher = fetcher(&["10.0.0.0/8"]);
    let choose = |url: &str, addresses: &[[u8; 4]]| {
        let addresses = addresses.iter().map(|ip| SocketAddr::from((*ip, 443)));
        let url = Url::parse(url).unwrap();
        let chosen = fetcher.choose(&url, addresses.collect());
        chosen.map(|chosen| chosen.iter().map(SocketAddr::ip).collect::<Vec<_>>())
    };
    let many: Vec<[u8; 4]> = (0..2 * FETCH_ADDRESSES_MAX)
        .flat_map(|n| [[192, 168, 0, n as u8], [9, 9, 9, n as u8]])
        .collect();
    let public = (0..FETCH_ADDRESSES_MAX).map(|n| std::net::IpAddr::from([9, 9, 9, n as u8]));
    let chosen = choose("https://keys.example.org", &many).unwrap();
    assert_eq!(chosen, public.collect::<Vec<_>>());
    // Without TLS it is what is listed, wherever it stands.
    let mixed = [[9, 9, 9, 9], [10, 1, 1, 1]];
    let chosen = choose("http://keys.example.org", &mixed).unwrap();
    assert_eq!(chosen, [std::net::IpAddr::from([10, 1, 1, 1])]);
}

#[tokio::test]
async fn a_public_host_is_asked_with_tls_alone() {
    let refused = get(&fetcher(&[]), "http://1.1.1.1/").await.unwrap_err();
    assert!(
        matches!(refused, FetchError::NotEncrypted { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn each_redirect_is_checked_and_their_number_is_bounded() {
    let end = answering(vec![ok("here")]).await;
    let start = answering(vec![redirect("/next"), redirect(&format!("http://{end}/"))]).await;
    let listed = fetcher(&["127.0.0.1"]);
    let fetched = get(&listed, &format!("http://{start}/")).await;
    assert_eq!(fetched.unwrap(), "here");

    for elsewhere in [
        "http://127.0.0.2/",
        "https://169.254.169.254/",
        "http://[::1]/",
    ] {
        let start = answering(vec![redirect(elsewhere)]).await;
        let refused = get(&listed, &format!("http://{start}/")).await.unwrap_err();
        assert!(
            matches!(refused, FetchError::NotPublic { .. }),
            "{refused:?}"
        );
    }
    let start = answering(vec![redirect("file:///etc/passwd")]).await;
    let refused = get(&listed, &format!("http://{start}/")).await;
    assert!(matches!(refused, Err(FetchError::RedirectInvalid)));
    let start = answering(vec![redirect("/"); FETCH_REDIRECTS_MAX + 1]).await;
    let refused = get(&listed, &format!("http://{start}/")).await;
    assert!(matches!(refused, Err(FetchError::TooManyRedirects)));
    // What is posted is posted nowhere else.
    let start = answering(vec![redirect("/")]).await;
    let address = format!("http://{start}/").parse().unwrap();
    let refused = listed.send(&address, form(&[("code", "secret")])).await;
    assert!(matches!(refused, Err(FetchError::Status(302))));
    let start = answering(vec![redirect("/")]).await;
    let address = format!("http://{start}/").parse().unwrap();
    let time_max = Duration::from_secs(60);
    let answer = listed.notify(&address, form(&[]), time_max).await.unwrap();
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_large_answer_a_broken_one_and_an_error_are_refused() {
    let large = "x".repeat(FETCH_BYTES_MAX);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{0:x}\r\n{large}x\r\n0\r\n\r\n",
        FETCH_BYTES_MAX + 1
    );
    let answers = vec![
        ok(&large),
        ok(&format!("{large}x")),
        chunked,
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort".to_owned(),
        "nonsense".to_owned(),
        "HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n".to_owned(),
    ];
    let start = answering(answers).await;
    let listed = fetcher(&["127.0.0.1"]);
    let url = format!("http://{start}/");
    assert_eq!(get(&listed, &url).await.unwrap().len(), FETCH_BYTES_MAX);
    for _ in 0..2 {
        let refused = get(&listed, &url).await;
        assert!(matches!(refused, Err(FetchError::TooLarge)), "{refused:?}");
    }
    for _ in 0..2 {
        let refused = get(&listed, &url).await;
        assert!(matches!(refused, Err(FetchError::Broken(_))), "{refused:?}");
    }
    let refused = get(&listed, &url).await;
    assert!(matches!(refused, Err(FetchError::Status(503))));
    let gone = get(&listed, &url).await;
    assert!(
        matches!(gone, Err(FetchError::Unreachable { .. })),
        "{gone:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let refused = get(&fetcher(&["127.0.0.1"]), &url).await;
    assert!(
        matches!(refused, Err(FetchError::TooSlow { seconds: 5 })),
        "{refused:?}"
    );
    let time_max = Duration::from_millis(WEBHOOK_TIMEOUT_MS);
    let (fetcher, address) = (fetcher(&["127.0.0.1"]), url.parse().unwrap());
    let refused = fetcher.notify(&address, form(&[]), time_max).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("no answer in 15 seconds"), "{refused}");
}

#[tokio::test]
async fn who_can_not_show_who_it_is_is_not_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let answer = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(ok("keys").as_bytes()).await.unwrap();
    };
    let fetcher = fetcher(&["127.0.0.1"]);
    let ((), refused) = tokio::join!(answer, get(&fetcher, &url));
    assert!(
        matches!(refused, Err(FetchError::Tls { .. })),
        "{refused:?}"
    );
}
