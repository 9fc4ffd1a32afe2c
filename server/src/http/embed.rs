//! Parlor as a part of another program: a scope of its actix-web app, its own way to say who
//! somebody is, and connections within the process.

use std::{fmt, io, path::PathBuf, sync::Arc};

use actix_web::{
    Error, HttpMessage, HttpRequest, ResponseError, Scope,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web,
};
use futures_util::{FutureExt, future::BoxFuture};
use parlor_shared::ErrorCode;
use tokio::net::UnixStream;

use super::{api::problem::Problem, assets::Page, base_path::BasePath, checks, outside};
use crate::{
    access::Account,
    app,
    config::{AccessMode, Config, ConfigError},
    connection::{
        handshake::{ForeignSockets, Thread},
        origin::Origins,
        within::WithinProcess,
    },
    node::Service,
    running::{RunError, Running},
};

/// Why somebody may not come in, in one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

/// Who makes a request, if they are let in.
type Known = Result<Account, Refused>;

/// Says who makes a request.
#[derive(Clone)]
struct Authenticate(Arc<dyn Fn(&HttpRequest) -> Known + Send + Sync>);

/// A Parlor that is about to open. [`Parlor::builder`] makes one.
#[must_use = "a builder does nothing until `open`"]
pub struct ParlorBuilder {
    config: Config,
    authenticate: Option<Authenticate>,
}

/// Parlor as a part of another program: its log is open, and [`scope`](Self::scope) mounts it.
///
/// Clones are the same Parlor. The program calls [`close`](Self::close) before it ends; without it
/// nothing that was acknowledged is lost, and clients find out by themselves.
#[derive(Clone)]
pub struct Parlor(Arc<Open>);

struct Open {
    running: Running,
    page: Arc<Page>,
    authenticate: Option<Authenticate>,
    within: WithinProcess,
    config: Config,
}

impl Parlor {
    /// A Parlor whose log is in the folder `data`, with the default of every option: at the root
    /// of its host, and open to everyone who reaches it.
    ///
    /// # Errors
    /// [`ConfigError`]: one sentence that says what to correct.
    pub fn builder(data: impl Into<PathBuf>) -> Result<ParlorBuilder, ConfigError> {
        Ok(ParlorBuilder {
            config: Config::new(data)?,
            authenticate: None,
        })
    }

    /// What the app mounts, once for each of its threads: the page, the WebSocket (`/ws`) and the
    /// HTTP API (`/api/v1`), below the path that was given to [`ParlorBuilder::at`].
    ///
    /// The sockets stay the app's, with its TLS and its time-outs. What a connection and a request
    /// may do and cost is bounded as in Parlor's own server.
    ///
    /// # Panics
    /// Outside of a thread with an actix runtime. actix-web calls the function that makes an app in
    /// such a thread.
    pub fn scope(
        &self,
    ) -> Scope<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        > + use<>,
    > {
        let node = self.0.running.node();
        let mut scope = app::below(&node.base)
            .app_data(web::Data::from(node.clone()))
            .app_data(web::Data::from(self.0.page.clone()))
            .app_data(Thread::start(node))
            .app_data(ForeignSockets);
        if !node.base.is_empty() {
            scope = scope.service(app::reading("", web::to(outside::add_slash)));
        }
        if let Some(authenticate) = &self.0.authenticate {
            scope = scope.app_data(authenticate.clone());
        }
        scope
            .wrap(from_fn(authenticate))
            .wrap(from_fn(checks::check))
    }

    /// A connection within the process, of somebody whom the program knows. What is written to it
    /// are WebSocket frames, without a handshake: `parlor-client` takes it by
    /// `ClientBuilder::over`.
    ///
    /// It counts as a connection, and its member has the rates of every other. No address has a
    /// part in it.
    ///
    /// # Errors
    /// If there is no socket left, or Parlor is closed.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn connect(&self, account: Account) -> io::Result<UnixStream> {
        self.0.within.connect(account).await
    }

    /// A function that connects like [`connect`](Self::connect) as often as it is called, as a
    /// client needs it that reconnects.
    pub fn dial(
        &self,
        account: Account,
    ) -> impl Fn() -> BoxFuture<'static, io::Result<UnixStream>> + Send + Sync + use<> {
        let parlor = self.clone();
        move || {
            let (parlor, account) = (parlor.clone(), account.clone());
            async move { parlor.connect(account).await }.boxed()
        }
    }

    /// Resolves if the log fails for good, with the reason. Nothing is appended from then on.
    pub async fn failed(&self) -> RunError {
        self.0.running.failed().await.into()
    }

    /// Sends every client away, within the time of `Config::drain`, commits what was accepted, and
    /// closes the log. Stop the app's server after it: it closes connections without a word.
    pub async fn close(&self) {
        self.0.running.send_away(self.0.config.drain).await;
        self.0.running.close().await;
    }
}

impl ParlorBuilder {
    /// Mounts it at this path, such as `/chat`: the whole path at which its clients reach it.
    pub fn at(mut self, path: BasePath) -> Self {
        self.config.base = path;
        self
    }

    /// Changes any other option, such as `page`, the folder of the built page. Those of listening,
    /// TLS and the admin address are the program's own business, and mean nothing here.
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Has the program say who makes a request. What the hook refuses is answered with 401; what
    /// it lets in is the [`Account`]'s, with its name and rights, whatever else the client shows.
    /// It is asked at each request below the path, of which a WebSocket is one.
    ///
    /// A hook that has to wait for something does so in a middleware of the app, which leaves what
    /// it has found in the request's extensions.
    pub fn authenticate(
        mut self,
        hook: impl Fn(&HttpRequest) -> Result<Account, Refused> + Send + Sync + 'static,
    ) -> Self {
        self.authenticate = Some(Authenticate(Arc::new(hook)));
        self
    }

    /// Opens the log.
    ///
    /// # Errors
    /// [`RunError`], a sentence that says what to do.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(self) -> Result<Parlor, RunError> {
        let Self {
            mut config,
            authenticate,
        } = self;
        if authenticate.is_some() {
            // What members may do is what the hook says, and nothing else.
            config.access = AccessMode::Token;
        }
        let page = Arc::new(Page::load(&config.page, &config.base)?);
        let origins = Origins::new(config.allow_origin.clone());
        let running = Running::open(&config, origins, Service::Rooms).await?;
        let within = WithinProcess::start(running.node().clone())?;
        Ok(Parlor(Arc::new(Open {
            running,
            page,
            authenticate,
            within,
            config,
        })))
    }
}

/// Has the program's hook say who makes the request, if there is one.
async fn authenticate(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let hook = request.app_data::<Authenticate>().cloned();
    if let Some(Authenticate(hook)) = hook {
        match hook(request.request()) {
            Ok(account) => {
                request.extensions_mut().insert(account);
            }
            Err(Refused(why)) => {
                let refusal = Problem::new(ErrorCode::AccessRequired, why).error_response();
                return Ok(request.into_response(refusal));
            }
        }
    }
    next.call(request).await
}

impl fmt::Debug for Parlor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parlor")
            .field("data", &self.0.config.data)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ParlorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParlorBuilder")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
