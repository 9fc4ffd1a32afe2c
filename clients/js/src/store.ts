// Where a client keeps what must outlive it: posts that are not known to be on the log, and what makes
// it the same member again.

import type { OutboxPost } from "./outbox.js";
import type { Access } from "./wire.js";

/** What an earlier client left. */
export interface Saved {
  token?: string | undefined;
  access?: Access | undefined;
  /** Oldest first. */
  posts: OutboxPost[];
}

/** Keeps posts and credentials. One client at a time uses it. */
export interface Store {
  load(): Promise<Saved>;
  /** Keeps a post, before it is sent. */
  put(post: OutboxPost): Promise<void>;
  /** Forgets a post: it is on the log, or was refused for good. */
  delete(id: string): Promise<void>;
  /** Keeps what the server has given. Secret. */
  keep(credentials: { token?: string | undefined; access?: Access | undefined }): Promise<void>;
}

/** Keeps them in the browser, in a database of this name: a post survives a reload and a crash. */
export function indexedDbStore(name = "parlor"): Store {
  const opening = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("posts", { autoIncrement: true }).createIndex("id", "id");
      request.result.createObjectStore("credentials");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const run = async <T>(
    store: "posts" | "credentials",
    work: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> => {
    // "strict": a post is kept once it is on the disk.
    const transaction = (await opening).transaction(store, "readwrite", { durability: "strict" });
    const request = work(transaction.objectStore(store));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    async load() {
      const posts = await run("posts", (store) => store.getAll());
      const saved = await run("credentials", (store) => store.get(1));
      return { ...saved, posts };
    },
    async put(post) {
      await run("posts", (store) => store.add(post));
    },
    async delete(id) {
      const key = await run("posts", (store) => store.index("id").getKey(id));
      if (key !== undefined) await run("posts", (store) => store.delete(key));
    },
    async keep(credentials) {
      await run("credentials", (store) => store.put(credentials, 1));
    },
  };
}
