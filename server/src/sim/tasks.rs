//! Tasks that run when the simulation says so, in place of a runtime.

use std::{
    cell::RefCell,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Wake, Waker},
};

use futures_util::FutureExt;

use crate::rooms::registry::GroupTask;

/// The tasks of the session registry, which run when the simulation says so.
#[derive(Default)]
pub(super) struct Tasks(RefCell<Vec<Task>>);

struct Task {
    future: GroupTask,
    woken: Arc<Flag>,
}

impl Tasks {
    pub(super) fn spawn(&self, future: GroupTask) {
        let woken = Arc::new(Flag::set());
        self.0.borrow_mut().push(Task { future, woken });
    }

    pub(super) fn is_woken(&self) -> bool {
        self.0.borrow().iter().any(|task| task.woken.is_set())
    }

    pub(super) fn run(&self) {
        let mut tasks = self.0.take();
        tasks.retain_mut(|Task { future, woken }| {
            if !woken.is_set() {
                return true;
            }
            let waker = woken.reset();
            future
                .poll_unpin(&mut Context::from_waker(&waker))
                .is_pending()
        });
        // Those that were spawned in the meantime come last.
        tasks.append(&mut self.0.borrow_mut());
        self.0.replace(tasks);
    }
}

/// Whether a task has been woken.
#[derive(Debug)]
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn set() -> Self {
        Self(AtomicBool::new(true))
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Resets the flag; the waker sets it again.
    pub(super) fn reset(self: &Arc<Self>) -> Waker {
        self.0.store(false, Relaxed);
        Waker::from(self.clone())
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}
