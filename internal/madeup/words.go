package madeup

// The words that made-up symbols are put together from. Changing a table changes
// every generated document, and so every figure measured on them.

// area is a C++ namespace and the folder its sources live in.
type area struct{ namespace, folder string }

var areas = []area{
	{"mozilla::dom", "dom/base"},
	{"mozilla::dom::quota", "dom/quota"},
	{"mozilla::dom::indexedDB", "dom/indexedDB"},
	{"mozilla::net", "netwerk/protocol/http"},
	{"mozilla::layers", "gfx/layers/ipc"},
	{"mozilla::gfx", "gfx/2d"},
	{"mozilla::wr", "gfx/webrender_bindings"},
	{"mozilla::ipc", "ipc/glue"},
	{"mozilla::a11y", "accessible/base"},
	{"mozilla::image", "image"},
	{"mozilla::places", "toolkit/components/places"},
	{"mozilla::widget", "widget/windows"},
	{"mozilla::storage", "storage"},
	{"mozilla::psm", "security/manager/ssl"},
	{"mozilla::media", "dom/media"},
	{"mozilla", "layout/base"},
	{"js", "js/src/vm"},
	{"js::gc", "js/src/gc"},
	{"js::jit", "js/src/jit"},
	{"js::wasm", "js/src/wasm"},
	{"JS", "js/src/builtin"},
	{"webrtc", "third_party/libwebrtc/call"},
	{"(anonymous namespace)", "dom/workers"},
	{"`anonymous namespace'", "xpcom/threads"},
	{"", "layout/generic"},
}

// A class is a head and a tail, in any of the areas.
var classHeads = []string{
	"Animation", "Blob", "Cache", "Canvas", "Compositor", "Content", "Document", "Element", "Event", "Fetch", "Font", "Frame", "Gamepad",
	"Gpu", "History", "Http", "Image", "Layer", "Media", "Network", "Observer", "Paint", "Port", "Principal", "Range", "Script", "Session",
	"Shader", "Socket", "Storage", "Stream", "Style", "Surface", "Task", "Text", "Texture", "Timer", "Track", "Window", "Worker",
}

var classTails = []string{
	"Actor", "Builder", "Cache", "Channel", "Child", "Context", "Controller", "Handler", "Impl", "Iterator", "Listener", "Loader", "Manager",
	"Parent", "Proxy", "Queue", "Registry", "Request", "Service", "Wrapper",
}

// A method is a verb and an object, which may be none.
var verbs = []string{
	"Add", "Allocate", "Attach", "Begin", "Cancel", "Clear", "Close", "Commit", "Compute", "Create", "Decode", "Destroy", "Detach", "Dispatch",
	"Draw", "Ensure", "Finish", "Flush", "Get", "Handle", "Init", "Invalidate", "Lock", "Lookup", "Notify", "Observe", "On", "Open", "Process",
	"Push", "Read", "Recv", "Reflow", "Register", "Release", "Remove", "Resolve", "Run", "Send", "Set", "Shutdown", "Start", "Stop", "Sweep",
	"Trace", "Traverse", "Unlink", "Update", "Validate", "Write",
}

var objects = []string{
	"", "All", "Async", "Buffer", "Children", "Data", "Entry", "Event", "Internal", "Item", "Listeners", "Message", "Next", "Pending",
	"Property", "Request", "Response", "Slots", "State", "Value",
}

// Arguments and template arguments nest, have commas, spaces and operators: what normalising must see through.
var argumentLists = []string{
	"", "", "bool", "unsigned int", "JSContext*", "nsISupports*, char const*, char16_t const*", "JSContext*, unsigned int, JS::Value*",
	"nsTSubstring<char16_t> const&", "RefPtr<mozilla::dom::Promise>&&", "mozilla::TimeStamp", "nsIRequest *,nsresult",
	"JS::Handle<JSObject*>, JS::MutableHandle<JS::Value>", "std::function<void (bool)> const&", "mozilla::Span<unsigned char const, 18446744073709551615>",
	"unsigned __int64,void * *", "nsTArray<mozilla::UniquePtr<nsAtom>>&&, bool",
}

var typeArguments = []string{
	"int", "mozilla::dom::Element*", "RefPtr<nsAtom>, 8, js::SystemAllocPolicy", "bool, nsresult, true", "char16_t",
	"nsTArray<nsTString<char>>, mozilla::ipc::ResponseRejectReason, true", "JS::Heap<JSObject*>",
}

var returnTypes = []string{"void", "bool", "static void", "static bool", "nsresult", "RefPtr<mozilla::dom::Promise>", "unsigned int"}

// crate is a Rust crate with one of its source files.
type crate struct{ name, source string }

var crates = []crate{
	{"style", "servo/components/style/traversal.rs"},
	{"selectors", "servo/components/selectors/matching.rs"},
	{"webrender", "gfx/wr/webrender/src/renderer/mod.rs"},
	{"wgpu_core", "gfx/wgpu_bindings/src/server.rs"},
	{"audioipc2_server", "media/audioipc/server/src/lib.rs"},
	{"neqo_transport", "netwerk/socket/neqo_glue/src/lib.rs"},
	{"glean_core", "toolkit/components/glean/src/lib.rs"},
	{"kvstore", "toolkit/components/kvstore/src/lib.rs"},
	{"mio", "/rustc/1f2e3d4c5b6a79880716253443526170819aabbc/library/mio/src/poll.rs"},
	{"rayon_core", "third_party/rust/rayon-core/src/registry.rs"},
}

var rustTypes = []string{"Arena", "Builder", "Device", "Frame", "Handle", "Index", "Pool", "Queue", "Scope", "Shard", "Sheet", "Tree"}

var rustMethods = []string{
	"apply", "borrow_mut", "collect", "drain", "drop_slow", "ensure", "flush", "get_or_insert", "insert_at", "match_rules", "poll", "push_back",
	"recv", "resolve", "run_until", "split_off", "submit", "traverse_dom", "update_all", "with_capacity",
}

var javaPackages = []string{
	"org.mozilla.fenix.home", "org.mozilla.fenix.tabstray", "org.mozilla.gecko.util", "org.mozilla.geckoview", "mozilla.components.feature.search",
	"mozilla.components.browser.engine.gecko", "android.os", "androidx.recyclerview.widget", "kotlinx.coroutines",
}

var javaExceptions = []string{
	"java.lang.IllegalStateException", "java.lang.NullPointerException", "java.lang.OutOfMemoryError", "android.os.DeadObjectException",
	"java.lang.SecurityException", "java.util.concurrent.TimeoutException", "kotlin.UninitializedPropertyAccessException",
}

// Messages as Firefox prints them, with parts that the rule for aborts takes off: a process in front, a file and a line behind.
var abortMessages = []string{
	"###!!! ABORT: Recursive layout of %s: file /builds/worker/checkouts/gecko/layout/base/PresShell.cpp:%d",
	"[Parent 4120, Main Thread] ###!!! ABORT: %s could not be reached: file /builds/worker/checkouts/gecko/xpcom/base/nsDebugImpl.cpp:%d",
	"###!!! ABORT: file c:/builds/moz2_slave/%s.cpp, line %d",
	"unable to find a usable font (%s, %d)",
	"Missing %s while the compositor was starting, which leaves nothing to draw on and nobody to tell about it (%d)",
}

var ipcErrors = []string{
	"ShutDownKill", "%s Route error: message sent to unknown actor ID", "RecvPaint%sSomething returned false", "Value error: message was deserialized, but %s was not valid",
	"(msgtype=0x%s,name=PContent::Msg_Store) Channel error: cannot send/recv after the channel was closed by the other side of it",
}

var shutdownPhases = []string{"profile-change-teardown", "profile-before-change", "AddonManager: Waiting for providers", "quit-application-granted"}

var threadNames = []string{
	"Gecko_IOThread", "Timer", "Netlink Monitor", "Socket Thread", "JS Helper", "Cache2 I/O", "StreamTrans #7", "DOM Worker", "ImgDecoder #2",
	"StyleThread#1", "Compositor", "Renderer", "WRWorker#3", "MediaPDecoder #1", "IndexedDB #4", "QuotaManager IO", "StorageThread", "IPDL Background",
	"BackgroundThreadPool #5", "ProxyResolution", "mozStorage #2", "URL Classifier", "SSL Cert #1", "FileWatcher", "GMPThread", "",
}
