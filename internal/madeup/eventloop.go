package madeup

// Shutdown hangs that wait in an event loop: the main thread spins one until
// something is done that never is. What is on top is whatever pumps the events of
// the platform, so that one hang has a signature for each platform until the
// pumping frames are skipped.

// pumps are the frames that wait for native events, by platform.
var pumps = [...][]systemFrame{
	windows: {
		{"NtUserMsgWaitForMultipleObjectsEx", moduleUI, "", 0},
		{"nsAppShell::ProcessNextNativeEvent(bool)", moduleXUL, "widget/windows/nsAppShell.cpp", 893},
	},
	linux: {
		{"__GI___poll", moduleOS, "", 0},
		{"nsBaseAppShell::DoProcessNextNativeEvent(bool)", moduleXUL, "widget/nsBaseAppShell.cpp", 131},
	},
	mac: {
		{"mach_msg2_trap", moduleOS, "", 0},
		{"nsAppShell::ProcessNextNativeEvent(bool)", moduleXUL, "widget/cocoa/nsAppShell.mm", 630},
	},
}

// spinning are the frames between the pump and the function that waits.
var spinning = []systemFrame{
	{"nsBaseAppShell::OnProcessNextEvent(nsIThreadInternal*, bool)", moduleXUL, "widget/nsBaseAppShell.cpp", 267},
	{"nsThread::ProcessNextEvent(bool, bool*)", moduleXUL, "xpcom/threads/nsThread.cpp", 1085},
	{"NS_ProcessNextEvent(nsIThread*, bool)", moduleXUL, "xpcom/threads/nsThreadUtils.cpp", 480},
	{
		"mozilla::SpinEventLoopUntil<(mozilla::ProcessFailureBehavior)1, `lambda'>(nsTSubstring<char> const&, lambda &&, nsIThread*)", moduleXUL,
		"xpcom/threads/SpinEventLoopUntil.h", 176,
	},
}

// spinners are the functions that wait for what is never done.
var spinners = []systemFrame{
	{"mozilla::storage::DemoService::SpinUntilClosed()", moduleXUL, "storage/DemoService.cpp", 412},
	{"mozilla::net::DemoHttpHandler::ShutdownConnections(bool)", moduleXUL, "netwerk/protocol/http/DemoHttpHandler.cpp", 208},
	{"mozilla::places::DemoDatabase::BlockShutdown(nsIAsyncShutdownClient*)", moduleXUL, "toolkit/components/places/DemoDatabase.cpp", 77},
}

// eventLoop returns what is above the call chains of a hang in an event loop: the
// frames that wait, and a spinner with the frames that called it.
func (m *familyMaker) eventLoop(os int, callers []*frame) (lead, own []*frame, name string) {
	// There are none for Android, which has no shutdown hangs here.
	pump := pumps[os]
	lead = append(m.systems(pump), m.systems(spinning)...)
	own = append([]*frame{m.system(pick(m.r, spinners))}, callers...)
	return lead, own, withoutArguments(pump[len(pump)-1].function)
}
