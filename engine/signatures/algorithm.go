package signatures

// Revision is the revision of Socorro whose code the engine follows: what it makes of a crash is what
// socorro/signature makes of it there.
const (
	Revision     = "7e28d72b5ffbed7e182631beea59ac4d721f32fa"
	RevisionDate = "2026-08-21"
)

// Code is the code at Revision: the git hashes of the Python files of socorro/signature, by name.
func Code() map[string]string {
	return map[string]string{
		"__init__.py":       "448bb8652d64f895cbd44dad738b79cf2b1e832c",
		"cmd_doc.py":        "e2f5d69eceb01d0d6ddbc3483a59be1476ee3e61",
		"cmd_signature.py":  "53a22954a2b437c24e33b7204f9936ba4a73bac7",
		"generator.py":      "84dd92dabe3539186c4cf51446ca34321a25f1a1",
		"rules.py":          "04a29fc99d9af65eb3f54085000537043db236f8",
		"siglists_utils.py": "6fe172dd2fffd1daf8f95fe158b64ff1b4d9931f",
		"utils.py":          "a06335bfd6b0b031a4e555e909b2d2048d4ff3e8",
	}
}

// AlgorithmChange is a commit of Socorro that changed what signatures are made of a crash, but for its
// siglists.
type AlgorithmChange struct {
	Revision string // the full hash
	Date     string // when it was committed: RFC 3339, in UTC
	What     string // it did
}

// AlgorithmChanges are those changes since December 2018, oldest first, up to Revision. They were read
// off the history of rules.py, utils.py and generator.py in socorro/signature; commits that only move or
// reword code are left out. Before the first, Socorro had a fifth siglist.
func AlgorithmChanges() []AlgorithmChange {
	return []AlgorithmChange{
		{"aae6aa0849d742b3a9cbcf8ffce2d4f1d11b5f98", "2018-12-20T15:17:53Z", "the fifth list is gone: every frame of a .dll loses its address"},
		{"22e1742b355f242ecab8094940869239f6ce309f", "2019-05-23T16:39:39Z", "panics of Rust 1.34 get the module that their symbols lack"},
		{"cb0ce35fd1faafc17ec0919b583a0a18b399d9b4", "2020-02-06T14:45:30Z", "IPC channel errors stand before the signature, not in its place"},
		{"3ab53ebdce9e8365ffdd82821a2b132d75ce9e81", "2020-02-25T16:32:19Z", "only ShutDownKill stands before the signature, other IPC channel errors in its place"},
		{"199dc83fc74014b75705123fca0639b8a507e28d", "2020-12-09T21:15:17Z", "the ways to write an anonymous namespace become one"},
		{"17bcc655b52baaa9e2dfdb362282330fb6a387d1", "2021-01-04T16:48:34Z", "a crashing thread that is a text is read as a number"},
		{"3d7b4a4bc48c156f358f043f1f1d9b9095cb09b4", "2021-01-07T15:43:22Z", "<unknown in foo.dll> is no longer taken for a type"},
		{"5b7b9e8d972d4f3bbf381312c542929ee8673b68", "2021-01-26T21:54:38Z", "lambdas lose their numbers"},
		{"7e1696199a49c6564e8f179d91ccac087612f660", "2021-07-14T14:53:17Z", "OOM also by the last error value, ERROR_COMMITMENT_LIMIT"},
		{"9624fe980923f0f13dbf8dddb0805965a4cde216", "2021-08-04T17:30:43Z", "OOM also by the crash reason"},
		{"4e14d915adef1fffcc4581ed4ba63c0f4760f9f5", "2021-09-20T16:00:49Z", "ShutDownKill stands in place of the signature again"},
		{"0001ce7d8ac369e150313d7b1c7ba0d3739b0d10", "2021-10-04T13:42:55Z", "OOM also by ERROR_NOT_ENOUGH_MEMORY"},
		{"21f901108459ccba60f26efa1212ca4d94f4220f", "2021-11-17T15:54:18Z", "modules that are null on Windows no longer fail the rule"},
		{"f2880968b56e5775f98b665a5b0b0564ad1c472f", "2021-12-13T22:36:32Z", "addresses lose their leading zeros"},
		{"ade75bd5613535616ea789c03fcb53a2bfea2cc0", "2022-02-07T21:50:07Z", "no classification of JIT crashes any more"},
		{"307b4bfa6c16c0650b551fc57463e99607b267c0", "2022-02-16T02:29:20Z", "the IPC message name is read from the processed crash"},
		{"5b7f96d4ed48b7b2f2059f6b12b12550bdbc0e4b", "2022-02-16T02:29:20Z", "the OOM allocation size is read from the processed crash"},
		{"85b0c97b5f718f87ca9b53ae1494b89e6f29a065", "2022-02-16T02:29:20Z", "the abort message is read from the processed crash"},
		{"a15ac101f47fcc77e24362fa217dd004c6040ba5", "2022-02-16T02:29:20Z", "the shutdown timeout is read from the processed crash"},
		{"bbb385f963986b02a9db0bd1139db08e0034e530", "2022-02-16T02:29:20Z", "the IPC channel error is read from the processed crash"},
		{"ca9d65fb6deb645035cb31489a232396339d3955", "2022-02-23T20:18:18Z", "the additional minidumps are read from the processed crash"},
		{"8fffe75e7051e0dacdb28ed35212c2d07af47b01", "2022-04-04T19:55:20Z", "no mark for hangs of plugins any more"},
		{"3720893931a75ecdb8587700f944d9b27862e9f5", "2022-09-08T22:50:59Z", `"bad hardware" by the crash reason`},
		{"f62b4f6626e345b72cc0334fa8a5a157e50db9d9", "2022-09-10T01:01:09Z", "inline functions are frames"},
		{"d44ecf656cb14af957de02240709b4f122fb0fb0", "2022-09-10T13:10:57Z", "where no signature can be made, a crashing thread that is not known counts as thread 0"},
		{"a092e042fedc870c46d88c6b99c8dbf0c762fff2", "2022-10-17T21:10:58Z", "frames in unloaded modules are named after them"},
		{"a0b221daf7372a7416908391abf93ffda5f6fc2b", "2022-11-04T13:44:45Z", `"stackoverflow" by the crash reason`},
		{"4eb693e337af20d6e481e6471ac34b722ce162d2", "2022-11-04T16:48:25Z", "shutdown timeouts without phase or conditions have a signature"},
		{"27c19618568c50d9f1f9e975c677540ac4e9c033", "2022-12-05T20:25:55Z", "OOM | large by JSLargeAllocationFailure=Reported"},
		{"6674a5c4de955a3b7bd0c052360091b54cbce7f2", "2022-12-06T21:24:11Z", "OOM | large by JSLargeAllocationFailure=Reporting instead"},
		{"43a92edf4a50ce4610089ac82da527f4ddc559fe", "2023-02-06T15:28:14Z", "conditions of shutdown timeouts may be something else than text"},
		{"9cf080585dbcfc1fa00ddb389c8a3db6d729354b", "2023-03-20T14:43:54Z", `a "const &" at the end of a function is dropped`},
		{"04ebb1b044ef0fd020e7b35a1d869be21edf0dab", "2023-08-30T17:28:13Z", `"hang" for hung processes`},
		{"7065216584a690685c9eecb53e948c8a61b86cf5", "2023-08-30T17:28:13Z", "hung processes are told by the processed crash"},
		{"5373cba79eab4919d83ea4c4c172327ec4b9243e", "2023-09-01T21:45:15Z", "Java signatures are made from the structured exception"},
		{"b60b65bc18deb50d37210a2016bbfd7cf37a9cb0", "2023-09-01T21:45:15Z", "threads whose frames are null count as empty"},
		{"f86e8d8ca03cea5d301e75a474f4510c63587478", "2024-05-08T15:29:59Z", "modules stand without addresses, frames that say nothing are skipped, and a library repeated counts once"},
		{"cf09fe93920785360150ff4745b7ebe46e57abc5", "2024-06-06T19:11:53Z", "no special signature for parentBuildID != childBuildID any more"},
		{"6e00a363a03c20a34e6b8f3af453cdcca810e849", "2024-10-25T15:20:28Z", "square brackets around a module's name are dropped"},
		{"8bf7b5143e5b5335b71f1e4ccd825cedb58c2f6b", "2024-11-01T21:53:39Z", "characters that aren't printable ASCII are dropped"},
		{"190e2662b7e27a026c3909e52541edb431d8eb1c", "2026-05-28T19:21:40Z", "arguments are dropped also behind an anonymous namespace; exceptions from collapsing types are fewer"},
		{"02708fd2edf01a29eb03781113f2c27046832949", "2026-06-11T18:03:16Z", "<unknown in foo.dll> is no longer taken for a type again"},
		{"5d1a319c556af420a5595483c61f7bd77122b023", "2026-08-14T12:30:18Z", "operators such as operator< keep their angle brackets"},
	}
}
