//! The jobs that wait for the writer: a bounded queue between the threads that serve connections
//! and the one that writes.
//!
//! The writer is woken once for all jobs of one turn of a thread. Where a tokio runtime polls its
//! sockets and finds that several clients have sent something, the first append puts a task behind
//! those that are ready to run, and that task wakes the writer: by then the other appends are in
//! the queue, and share a commit. Nothing waits longer than the thread would have kept it waiting.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Semaphore, TryAcquireError},
};

use crate::engine::AppendError;

/// The queue, as those who ask for something know it.
#[derive(Debug)]
pub(super) struct JobQueue<J> {
    state: Mutex<State<J>>,
    /// Notified when the writer is to look again.
    changed: Condvar,
    /// One permit for each job that still fits.
    places: Semaphore,
}

#[derive(Debug)]
struct State<J> {
    jobs: VecDeque<J>,
    writer: WriterState,
    /// Whether jobs still come, and are taken.
    is_open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WriterState {
    /// It looks again by itself.
    Awake,
    Waits,
    /// It waits, and is about to be woken.
    Called,
}

/// Why a job was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotQueued {
    /// As many wait as may.
    Full,
    /// The writer has ended.
    Closed,
}

impl From<NotQueued> for AppendError {
    fn from(why: NotQueued) -> Self {
        match why {
            NotQueued::Full => Self::Unavailable,
            NotQueued::Closed => Self::Closed,
        }
    }
}

impl<J: Send + 'static> JobQueue<J> {
    /// A queue of up to `max` jobs, and the writer's end of it.
    pub(super) fn new(max: usize) -> (Arc<Self>, Jobs<J>) {
        let queue = Arc::new(Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                writer: WriterState::Awake,
                is_open: true,
            }),
            changed: Condvar::new(),
            places: Semaphore::new(max),
        });
        (queue.clone(), Jobs(queue))
    }

    /// Queues a job, waiting while the queue is full. It is made once it has its place.
    pub(super) async fn push(
        self: &Arc<Self>,
        job: impl FnOnce() -> J + Send,
    ) -> Result<(), NotQueued> {
        let place = self.places.acquire().await;
        place.map_err(|_| NotQueued::Closed)?.forget();
        self.put(job)
    }

    /// Queues a job, unless the queue is full.
    pub(super) fn try_push(self: &Arc<Self>, job: J) -> Result<(), NotQueued> {
        match self.places.try_acquire() {
            Ok(place) => place.forget(),
            Err(TryAcquireError::NoPermits) => return Err(NotQueued::Full),
            Err(TryAcquireError::Closed) => return Err(NotQueued::Closed),
        }
        self.put(|| job)
    }

    /// Puts a job into the place that was taken for it.
    fn put(self: &Arc<Self>, job: impl FnOnce() -> J) -> Result<(), NotQueued> {
        let mut state = self.lock();
        if !state.is_open {
            return Err(NotQueued::Closed);
        }
        state.jobs.push_back(job());
        if state.writer == WriterState::Waits {
            state.writer = WriterState::Called;
            drop(state);
            let call = Call(self.clone());
            match Handle::try_current() {
                // The call is made when the task runs, or when it is dropped without having run.
                Ok(runtime) => drop(runtime.spawn(async move { drop(call) })),
                Err(_) => drop(call),
            }
        }
        Ok(())
    }

    /// The number of jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Has the writer end once it has done what is queued.
    pub(super) fn end(&self) {
        self.lock().is_open = false;
        self.places.close();
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the writer when it is dropped.
struct Call<J: Send + 'static>(Arc<JobQueue<J>>);

impl<J: Send + 'static> Drop for Call<J> {
    fn drop(&mut self) {
        self.0.changed.notify_one();
    }
}

/// The writer's end of the queue. Once it is dropped, nothing is queued any more, and what waits is
/// dropped.
#[derive(Debug)]
pub(super) struct Jobs<J: Send + 'static>(Arc<JobQueue<J>>);

/// How a wait has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Waited<J> {
    /// With this job.
    Job(J),
    /// The time was over.
    TimedOut,
    /// The queue is empty, and [`JobQueue::end`] was called.
    Ended,
}

impl<J: Send + 'static> Jobs<J> {
    /// Takes the job that has waited longest.
    pub(super) fn try_next(&self) -> Option<J> {
        let job = self.0.lock().jobs.pop_front()?;
        self.0.places.add_permits(1);
        Some(job)
    }

    /// Waits for a job, at most for `time` if that is given.
    pub(super) fn wait(&self, time: Option<Duration>) -> Waited<J> {
        let mut state = self.0.lock();
        if state.jobs.is_empty() && state.is_open {
            state.writer = WriterState::Waits;
            let is_idle = |state: &mut State<J>| state.jobs.is_empty() && state.is_open;
            state = match time {
                Some(time) => {
                    let waited = self.0.changed.wait_timeout_while(state, time, is_idle);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.0.changed.wait_while(state, is_idle);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
            state.writer = WriterState::Awake;
        }
        let (job, is_open) = (state.jobs.pop_front(), state.is_open);
        drop(state);
        match job {
            Some(job) => {
                self.0.places.add_permits(1);
                Waited::Job(job)
            }
            None if is_open => Waited::TimedOut,
            None => Waited::Ended,
        }
    }
}

impl<J: Send + 'static> Drop for Jobs<J> {
    fn drop(&mut self) {
        let jobs = {
            let mut state = self.0.lock();
            state.is_open = false;
            std::mem::take(&mut state.jobs)
        };
        self.0.places.close();
        // Each job's drop tells whoever waits for it.
        drop(jobs);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    /// A writer that passes on the jobs that each of its wake-ups finds.
    fn writer(jobs: Jobs<u32>) -> mpsc::Receiver<Vec<u32>> {
        let (groups, received) = mpsc::sync_channel(10);
        thread::spawn(move || {
            while let Waited::Job(first) = jobs.wait(None) {
                let mut group = vec![first];
                group.extend(std::iter::from_fn(|| jobs.try_next()));
                groups.send(group).unwrap();
            }
        });
        received
    }

    #[tokio::test]
    async fn the_writer_is_woken_once_for_the_jobs_of_a_turn() {
        let (queue, jobs) = JobQueue::new(10);
        let groups = writer(jobs);
        while queue.lock().writer != WriterState::Waits {
            thread::yield_now();
        }
        let tasks: Vec<_> = (0..5)
            .map(|n| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.push(|| n).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        tokio::task::yield_now().await;
        assert_eq!(groups.recv().unwrap(), [0, 1, 2, 3, 4]);
        queue.end();
        assert!(groups.recv().is_err());
    }

    #[test]
    fn without_a_runtime_the_writer_is_woken_at_once_and_also_by_a_runtime_that_ends() {
        let (queue, jobs) = JobQueue::new(10);
        let groups = writer(jobs);
        let wait = || {
            while queue.lock().writer != WriterState::Waits {
                thread::yield_now();
            }
        };
        wait();
        queue.try_push(1).unwrap();
        assert_eq!(groups.recv().unwrap(), [1]);
        wait();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async { queue.try_push(2) }).unwrap();
        drop(runtime);
        assert_eq!(groups.recv().unwrap(), [2]);
    }

    #[tokio::test]
    async fn a_full_queue_makes_wait_and_one_without_a_writer_refuses() {
        let (queue, jobs) = JobQueue::new(2);
        queue.push(|| 1).await.unwrap();
        queue.try_push(2).unwrap();
        assert_eq!(queue.try_push(3), Err(NotQueued::Full));
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.push(|| 3).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        assert_eq!(jobs.try_next(), Some(1));
        waiting.await.unwrap().unwrap();
        assert_eq!(jobs.wait(Some(Duration::ZERO)), Waited::Job(2));
        drop(jobs);
        assert_eq!(queue.push(|| 4).await, Err(NotQueued::Closed));
        assert_eq!(queue.try_push(4), Err(NotQueued::Closed));
    }
}
