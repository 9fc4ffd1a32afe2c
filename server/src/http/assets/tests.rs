//! The files of a page in a folder.

use super::*;

#[test]
fn only_names_with_a_hash_are_cached_forever() {
    assert!(has_hash("parlor-frontend-fbeabf924dc565a_bg.wasm"));
    assert!(has_hash("style-5609e29c6aaa07e4.css"));
    assert!(!has_hash("index.html"));
    assert!(!has_hash("icon-192.png"));
    assert!(
        !has_hash("deadbeefdeadbeef.js"),
        "the whole name is hexadecimal"
    );
}

#[test]
fn a_client_gets_the_form_that_it_prefers() {
    let file = |name: &str| (name.to_owned(), Bytes::from_static(b"x"));
    let contents = HashMap::from(["a.js", "a.js.br", "a.js.gz"].map(file));
    let asset = Asset::new("a.js", &contents["a.js"], &contents);
    let chosen = |accepted: &'static str| {
        let request = actix_web::test::TestRequest::default()
            .insert_header((header::ACCEPT_ENCODING, accepted))
            .to_http_request();
        asset.negotiate(&typed_header(&request).unwrap()).encoding
    };
    assert_eq!(chosen("gzip, deflate, br, zstd"), ContentEncoding::Brotli);
    assert_eq!(chosen("gzip, br;q=0"), ContentEncoding::Gzip);
    assert_eq!(chosen("gzip, br;q=0.5"), ContentEncoding::Gzip);
    assert_eq!(chosen("*"), ContentEncoding::Identity);
    assert_eq!(chosen("br;q=0.0, *;q=0.5"), ContentEncoding::Identity);
    assert_eq!(chosen("deflate"), ContentEncoding::Identity);
    assert_eq!(chosen("identity;q=0"), ContentEncoding::Identity);
    assert_eq!(chosen(""), ContentEncoding::Identity);
}

#[test]
fn without_a_built_page_the_server_says_how_to_build_one() {
    let folder = tempfile::tempdir().unwrap();
    let page = Page::load(&folder.path().join("dist"), &BasePath::default()).unwrap();
    for path in ["/", "/r/lobby"] {
        let body = page.find(path).unwrap().plain.body.to_vec();
        let html = String::from_utf8(body).unwrap();
        assert!(html.contains("cargo xtask run"), "{path}");
    }
    assert!(page.find("/main.js").is_none());
}
