use futures_util::{FutureExt, future::join_all};
use parlor_shared::{RoomId, Seq, limits::SEARCHES_MAX};

use super::*;
use crate::engine::Engine;

#[tokio::test]
async fn searches_that_take_long_keep_no_other_read_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let log = Embedded::open(folder.path(), Arc::new(())).unwrap();
    let (release, wait) = std::sync::mpsc::sync_channel::<()>(1);
    let wait = Arc::new(std::sync::Mutex::new(wait));
    let slow = (0..10 * SEARCHES_MAX).map(|_| {
        let wait = wait.clone();
        log.searches.run(move |_| {
            // Returns once `release` is dropped.
            wait.lock().unwrap().recv().ok();
            Ok(())
        })
    });
    let mut slow = Box::pin(join_all(slow));
    assert!((&mut slow).now_or_never().is_none());
    let lobby = RoomId::parse("lobby").unwrap();
    log.bounds(&lobby).await.unwrap();
    log.read_after(&lobby, Seq::ZERO, 50).await.unwrap();
    drop(release);
    assert_eq!(slow.await.len(), 10 * SEARCHES_MAX);
    log.close().await;
}
