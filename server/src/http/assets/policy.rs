//! The page's Content-Security-Policy: it allows the server's own files and the inline blocks that
//! the page was built with, and nothing else.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The policy for a page with this HTML.
pub(super) fn for_page(html: &[u8]) -> String {
    let html = String::from_utf8_lossy(html);
    let scripts = hashes_of(&html, "script");
    let styles = hashes_of(&html, "style");
    // 'wasm-unsafe-eval' allows compiling WebAssembly. It does not allow JavaScript's eval.
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The policy for a document that has this style sheet inline and loads nothing.
pub(super) fn for_style(style: &str) -> String {
    with_forms_to("'none'", style)
}

/// The same for a document whose forms go to its own address.
pub(super) fn for_style_and_forms(style: &str) -> String {
    with_forms_to("'self'", style)
}

fn with_forms_to(target: &str, style: &str) -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action {target}; \
         frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(style))
    )
}

/// The hashes of this element's inline blocks, as sources of a policy. The HTML comes from our own
/// build, so splitting it at the tags is enough.
fn hashes_of(html: &str, element: &str) -> String {
    let (opening, closing) = (format!("<{element}"), format!("</{element}>"));
    let blocks = html.split(&opening).skip(1).filter_map(|rest| {
        let (_, content) = rest.split_once('>')?;
        let (content, _) = content.split_once(&closing)?;
        (!content.trim().is_empty()).then_some(content)
    });
    let source = |content: &str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(content)));
    blocks.map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_blocks_are_allowed_by_their_hash() {
        let html = "<script type=\"module\">a()</script><script src=\"/x.js\"></script>";
        let policy = for_page(html.as_bytes());
        let hash = STANDARD.encode(Sha256::digest("a()"));
        assert!(
            policy.contains(&format!("'wasm-unsafe-eval' 'sha256-{hash}';")),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }
}
