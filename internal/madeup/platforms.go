package madeup

// module is an index into a platform's list of modules: the role that a module has.
type module int

const (
	// Roles, and not names, so that one function lies in the right module on each platform.
	moduleNone    module = iota - 1
	moduleXUL            // libxul
	moduleGlue           // mozglue
	moduleNSS            // NSPR and NSS
	moduleExe            // the program
	moduleOS             // the lowest library: ntdll, libc, libsystem_kernel
	moduleBase           // the library above it
	moduleUI             // windows and events
	moduleDriver         // graphics, without symbols
	moduleOther          // somebody else's, without symbols
	moduleUnknown        // the same, of unknown purpose
)

// platform is an operating system as crash reports show it.
type platform struct {
	os, cpu, version string
	weight           float64
	modules          []string // by module
	base             uint64   // of the first module
	reasons          []string
	tail             []systemFrame // the outermost frames of a main thread
	threadTail       []systemFrame // of any other thread
	waits            []systemFrame // the innermost frames of a thread that waits
}

// systemFrame is a function of the platform itself or of its lowest layers.
type systemFrame struct {
	function string
	module   module
	source   string
	line     int
}

const (
	windows = iota
	linux
	mac
	android
)

// The outermost and the innermost frames are what any Firefox has on that system. What is between is made up.
var platforms = [...]platform{
	windows: {
		os: "Windows NT", cpu: "amd64", version: "10.0.19045 3693", weight: 62, base: 0x7ff8_0000_0000,
		modules: []string{"xul.dll", "mozglue.dll", "nss3.dll", "firefox.exe", "ntdll.dll", "KERNELBASE.dll", "user32.dll", "igd10iumd64.dll", "hookshield64.dll", "dns9.dll"},
		reasons: []string{"EXCEPTION_ACCESS_VIOLATION_READ", "EXCEPTION_ACCESS_VIOLATION_WRITE", "EXCEPTION_BREAKPOINT", "EXCEPTION_ILLEGAL_INSTRUCTION"},
		tail: []systemFrame{
			{"XREMain::XRE_main(int, char** const, mozilla::BootstrapConfig const&)", moduleXUL, "toolkit/xre/nsAppRunner.cpp", 5960},
			{"XRE_main(int, char**, mozilla::BootstrapConfig const&)", moduleXUL, "toolkit/xre/nsAppRunner.cpp", 6023},
			{"wmain(int, wchar_t**)", moduleExe, "toolkit/xre/nsWindowsWMain.cpp", 151},
			{"static __scrt_common_main_seh()", moduleExe, `D:\a\_work\1\s\src\vctools\crt\vcstartup\src\startup\exe_common.inl`, 288},
			{"BaseThreadInitThunk", moduleBase, "", 0},
			{"RtlUserThreadStart", moduleOS, "", 0},
		},
		threadTail: []systemFrame{
			{"_PR_NativeRunThread(void*)", moduleNSS, "nsprpub/pr/src/threads/combined/pruthr.c", 399},
			{"pr_root(void*)", moduleNSS, "nsprpub/pr/src/md/windows/w95thred.c", 139},
			{"thread_start<unsigned int (__cdecl*)(void *), 1>", moduleBase, "", 0},
			{"BaseThreadInitThunk", moduleBase, "", 0},
			{"RtlUserThreadStart", moduleOS, "", 0},
		},
		waits: []systemFrame{
			{"NtWaitForSingleObject", moduleOS, "", 0},
			{"NtWaitForAlertByThreadId", moduleOS, "", 0},
			{"WaitForSingleObjectEx", moduleBase, "", 0},
			{"NtWaitForMultipleObjects", moduleOS, "", 0},
			{"RtlSleepConditionVariableSRW", moduleOS, "", 0},
			{"SleepConditionVariableSRW", moduleBase, "", 0},
			{"RtlEnterCriticalSection", moduleOS, "", 0},
			{"NtRemoveIoCompletion", moduleOS, "", 0},
			{"ZwDelayExecution", moduleOS, "", 0},
		},
	},
	linux: {
		os: "Linux", cpu: "amd64", version: "6.8.0-45-generic", weight: 8, base: 0x7f10_0000_0000,
		modules: []string{"libxul.so", "libmozsandbox.so", "libnspr4.so", "firefox-bin", "libc.so.6", "libpthread-2.31.so", "libgtk-3.so.0", "iris_dri.so", "libfcitx.so", "libdns-9.so.0"},
		reasons: []string{"SIGSEGV / SEGV_MAPERR", "SIGSEGV / SEGV_ACCERR", "SIGABRT", "SIGILL / ILL_ILLOPN"},
		tail: []systemFrame{
			{"XREMain::XRE_main(int, char**, mozilla::BootstrapConfig const&)", moduleXUL, "toolkit/xre/nsAppRunner.cpp", 5960},
			{"do_main(int, char**, char**)", moduleExe, "browser/app/nsBrowserApp.cpp", 232},
			{"__libc_start_call_main", moduleOS, "", 0},
			{"__libc_start_main_impl", moduleOS, "", 0},
			{"_start", moduleExe, "", 0},
		},
		threadTail: []systemFrame{
			{"_pt_root", moduleNSS, "nsprpub/pr/src/pthreads/ptthread.c", 201},
			{"set_alt_signal_stack_and_start(PthreadCreateParams*)", moduleExe, "toolkit/crashreporter/pthread_create_interposer/pthread_create_interposer.cpp", 81},
			{"start_thread", moduleOS, "", 0},
			{"__clone3", moduleOS, "", 0},
		},
		waits: []systemFrame{
			{"__futex_abstimed_wait_common64", moduleOS, "", 0},
			{"pthread_cond_wait@@GLIBC_2.3.2", moduleOS, "", 0},
			{"__GI___poll", moduleOS, "", 0},
			{"syscall", moduleOS, "", 0},
			{"epoll_wait", moduleOS, "", 0},
			{"__GI___pthread_mutex_lock", moduleOS, "", 0},
		},
	},
	mac: {
		os: "Mac OS X", cpu: "arm64", version: "14.6.1 23G93", weight: 12, base: 0x1_8000_0000,
		modules: []string{"XUL", "libmozglue.dylib", "libnss3.dylib", "firefox", "libsystem_kernel.dylib", "libsystem_pthread.dylib", "AppKit", "AGXMetal13_3", "libunknown.dylib", "dns9"},
		reasons: []string{"EXC_BAD_ACCESS / KERN_INVALID_ADDRESS", "EXC_BAD_ACCESS / KERN_PROTECTION_FAILURE", "EXC_BREAKPOINT / EXC_ARM_BREAKPOINT"},
		tail: []systemFrame{
			{"-[NSApplication run]", moduleUI, "", 0},
			{"nsAppShell::Run()", moduleXUL, "widget/cocoa/nsAppShell.mm", 790},
			{"XREMain::XRE_main(int, char**, mozilla::BootstrapConfig const&)", moduleXUL, "toolkit/xre/nsAppRunner.cpp", 5960},
			{"main", moduleExe, "browser/app/nsBrowserApp.cpp", 445},
			{"start", moduleOther, "", 0},
		},
		threadTail: []systemFrame{
			{"_pt_root", moduleNSS, "nsprpub/pr/src/pthreads/ptthread.c", 201},
			{"_pthread_start", moduleBase, "", 0},
			{"thread_start", moduleBase, "", 0},
		},
		waits: []systemFrame{
			{"mach_msg2_trap", moduleOS, "", 0},
			{"__psynch_cvwait", moduleOS, "", 0},
			{"_pthread_cond_wait", moduleBase, "", 0},
			{"__ulock_wait", moduleOS, "", 0},
			{"_dispatch_semaphore_wait_slow", moduleBase, "", 0},
			{"__workq_kernreturn", moduleOS, "", 0},
		},
	},
	android: {
		os: "Android", cpu: "arm64", version: "34 samsung/o1s/o1s", weight: 18, base: 0x70_0000_0000,
		modules: []string{"libxul.so", "libmozglue.so", "libnss3.so", "app_process64", "libc.so", "libart.so", "libgui.so", "libGLES_mali.so", "base.odex", "libdns9.so"},
		reasons: []string{"SIGSEGV / SEGV_MAPERR", "SIGSEGV / SEGV_ACCERR", "SIGABRT", "SIGBUS / BUS_ADRALN"},
		tail: []systemFrame{
			{"XRE_InitChildProcess(int, char**, XREChildData const*)", moduleXUL, "toolkit/xre/nsEmbedFunctions.cpp", 642},
			{"Java_org_mozilla_gecko_mozglue_GeckoLoader_nativeRun", moduleGlue, "mozglue/android/APKOpen.cpp", 419},
			{"art_quick_generic_jni_trampoline", moduleBase, "", 0},
			{"", moduleOther, "", 0},
			{"", moduleBase, "", 0},
		},
		threadTail: []systemFrame{
			{"_pt_root", moduleNSS, "nsprpub/pr/src/pthreads/ptthread.c", 201}, {"__pthread_start(void*)", moduleOS, "", 0}, {"__start_thread", moduleOS, "", 0},
		},
		waits: []systemFrame{
			{"syscall", moduleOS, "", 0},
			{"__futex_wait_ex(void volatile*, bool, int, bool, timespec const*)", moduleOS, "", 0},
			{"pthread_cond_wait", moduleOS, "", 0},
			{"__epoll_pwait", moduleOS, "", 0},
			{"NonPI::MutexLockWithTimeout", moduleOS, "", 0},
		},
	},
}

// common frames lie between what went wrong and the function that did it. Every
// platform has them.
var commonFrames = struct{ alloc, oom, crash, panicked, lock, loop []systemFrame }{
	alloc: []systemFrame{
		{"je_malloc", moduleGlue, "memory/build/malloc_decls.h", 51},
		{"moz_xmalloc", moduleGlue, "memory/mozalloc/mozalloc.cpp", 52},
		{"arena_t::MallocSmall(unsigned __int64, bool)", moduleGlue, "memory/build/mozjemalloc.cpp", 3305},
		{"je_free", moduleGlue, "memory/build/malloc_decls.h", 54},
		{"memcpy", moduleOS, "", 0},
		{"memset", moduleOS, "", 0},
		{"memmove", moduleOS, "", 0},
		{"strlen", moduleOS, "", 0},
	},
	oom: []systemFrame{
		{"mozalloc_abort(char const*)", moduleGlue, "memory/mozalloc/mozalloc_abort.cpp", 35},
		{"mozalloc_handle_oom(unsigned int)", moduleGlue, "memory/mozalloc/mozalloc_oom.cpp", 51},
		{"moz_xmalloc", moduleGlue, "memory/mozalloc/mozalloc.cpp", 52},
	},
	crash: []systemFrame{
		{"MOZ_Crash(char const*, int, char const*)", moduleXUL, "mfbt/Assertions.h", 342},
		{"mozalloc_abort(char const*)", moduleGlue, "memory/mozalloc/mozalloc_abort.cpp", 35},
		{"NS_DebugBreak(unsigned int, char const*, char const*, char const*, int)", moduleXUL, "xpcom/base/nsDebugImpl.cpp", 495},
	},
	panicked: []systemFrame{
		{"RustMozCrash(char const*, int, char const*)", moduleGlue, "mozglue/static/rust/wrappers.cpp", 18},
		{"mozglue_static::panic_hook", moduleXUL, "mozglue/static/rust/lib.rs", 102},
		{"std::panicking::rust_panic_with_hook", moduleXUL, "/rustc/1f2e3d4c5b6a79880716253443526170819aabbc/library/std/src/panicking.rs", 788},
		{"std::panicking::begin_panic_handler::{{closure}}", moduleXUL, "/rustc/1f2e3d4c5b6a79880716253443526170819aabbc/library/std/src/panicking.rs", 656},
		{"core::panicking::panic_fmt", moduleXUL, "/rustc/1f2e3d4c5b6a79880716253443526170819aabbc/library/core/src/panicking.rs", 72},
		{"core::option::expect_failed", moduleXUL, "/rustc/1f2e3d4c5b6a79880716253443526170819aabbc/library/core/src/option.rs", 2049},
	},
	lock: []systemFrame{
		{"mozilla::detail::MutexImpl::lock()", moduleGlue, "mozglue/misc/Mutex_windows.cpp", 25},
		{"mozilla::detail::ConditionVariableImpl::wait(mozilla::detail::MutexImpl&)", moduleGlue, "mozglue/misc/ConditionVariable_windows.cpp", 50},
		{"mozilla::OffTheBooksCondVar::Wait()", moduleXUL, "xpcom/threads/CondVar.h", 58},
		{"PR_Wait", moduleNSS, "nsprpub/pr/src/threads/prmon.c", 289},
	},
	loop: []systemFrame{
		{"mozilla::TaskController::DoExecuteNextTaskOnlyMainThreadInternal(mozilla::detail::BaseAutoLock<mozilla::Mutex&> const&)", moduleXUL, "xpcom/threads/TaskController.cpp", 853},
		{"nsThread::ProcessNextEvent(bool, bool*)", moduleXUL, "xpcom/threads/nsThread.cpp", 1152},
		{"NS_ProcessNextEvent(nsIThread*, bool)", moduleXUL, "xpcom/threads/nsThreadUtils.cpp", 480},
		{"mozilla::ipc::MessagePump::Run(base::MessagePump::Delegate*)", moduleXUL, "ipc/glue/MessagePump.cpp", 85},
		{"MessageLoop::RunHandler()", moduleXUL, "ipc/chromium/src/base/message_loop.cc", 362},
		{"MessageLoop::Run()", moduleXUL, "ipc/chromium/src/base/message_loop.cc", 344},
		{"nsBaseAppShell::Run()", moduleXUL, "widget/nsBaseAppShell.cpp", 148},
	},
}
