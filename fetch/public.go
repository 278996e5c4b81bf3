package fetch

// The members of a processed crash that everybody may see, as in Socorro's schema of November 2026, where each
// field names the permissions that it needs. A member that is missing here is dropped, so that a field that is
// added to the service stays out of the cache until somebody has looked at it.
//
// Signatures are made from the members with a ! behind them. Each is a text or a number, but in a document from
// somewhere else it can be anything, which then has its effect on the signature; so they are kept whatever they
// are.
const processedFields = `
abort_message! accessibility accessibility_client accessibility_in_proc_client adapter_device_id adapter_driver_version
adapter_subsys_id adapter_vendor_id additional_minidumps! addons addons_checked address android_board android_brand
android_cpu_abi android_cpu_abi2 android_device android_display android_fingerprint android_hardware
android_manufacturer android_model android_packagename android_version app_init_dlls app_notes application_build_id
async_shutdown_timeout! available_page_file available_physical_memory available_virtual_memory background_task_name build
client_crash_date co_marshal_interface_failure co_unmarshal_interface_result completed_datetime
content_sandbox_capabilities content_sandbox_capable content_sandbox_enabled content_sandbox_level cpu_arch cpu_count
cpu_info cpu_microcode_version crash_id crash_inconsistencies crash_report_keys crash_time crashing_thread
crashing_thread_name date_processed distribution_id dom_fission_enabled dom_ipc_enabled em_check_compatibility
gmp_plugin graphics_critical_error graphics_startup_test hang! has_device_touch_screen has_mac_boot_args install_age
install_time ipc_channel_error! ipc_fatal_error_msg ipc_fatal_error_protocol ipc_message_name! ipc_message_size
ipc_shutdown_state ipc_system_error is_garbage_collecting java_stack_trace! js_large_allocation_failure! last_crash
last_error_value mac_available_memory_sysctl mac_crash_info mac_memory_pressure mac_memory_pressure_critical_time
mac_memory_pressure_normal_time mac_memory_pressure_sysctl mac_memory_pressure_warning_time major_version marionette
mdsw_status_string! minidump_sha256_hash missing_symbols modules_in_stack moz_crash_reason! oom_allocation_size! os_name
os_pretty_version os_version plugin_filename plugin_name plugin_version possible_bit_flips_max_confidence process_type
processor_history processor_notes product productid proto_signature quota_manager_shutdown_timeout reason
release_channel remote_agent report_type safe_mode shutdown_progress shutdown_reason signature! stackwalk_version
started_datetime startup_crash startup_time submitted_from submitted_timestamp success system_memory_use_percentage
thread_count throttleable topmost_filenames total_page_file total_physical_memory total_virtual_memory uptime uptime_ts
useragent_locale utility_actors_name utility_process_sandboxing_kind uuid vendor version windows_error_reporting
xpcom_spin_event_loop_stack
java_exception {
	exception {
		values {
			stacktrace {
				module! type!
				frames {
					filename! function! in_app! lineno! module!
				}
			}
		}
	}
}
` + dumpFields + `
memory_measures {
	explicit gfx_textures ghost_windows heap_allocated heap_overhead heap_unclassified host_object_urls images
	js_main_runtime private resident resident_unique system_heap_allocated top_none_detached vsize vsize_max_contiguous
}
telemetry_environment {
	addons {
		activeAddons {
			* {
				appDisabled blocklisted description foreignInstall hasBinaryComponents installDay isSystem isWebExtension
				multiprocessCompatible name scope signedState type updateDay userDisabled version
			}
		}
		activeGMPlugins {
			* { applyBackgroundUpdates userDisabled version }
		}
		activePlugins {
			blocklisted clicktoplay description disabled mimeTypes name updateDay version
		}
		theme {
			appDisabled blocklisted description foreignInstall hasBinaryComponents id installDay name scope updateDay userDisabled
			version
		}
	}
	build {
		applicationId applicationName architecture buildId displayVersion platformVersion updaterAvailable vendor version
		xpcomAbi
	}
	experiments {
		* { branch enrollmentId type }
	}
	partner {
		distributionId distributionVersion distributor distributorChannel partnerId partnerNames
	}
	profile { creationDate firstUseDate resetDate }
	services { accountEnabled syncEnabled }
	settings {
		addonCompatibilityCheckEnabled blocklistEnabled defaultSearchEngine e10sEnabled e10sMultiProcesses fissionEnabled
		isDefaultBrowser launcherProcessState locale searchCohort telemetryEnabled
		defaultSearchEngineData {
			loadPath name origin submissionURL
		}
		intl {
			acceptLanguages appLocales availableLocales regionalPrefsLocales requestedLocales systemLocales
		}
		sandbox { contentWin32kLockdownState effectiveContentProcessLevel }
		update {
			autoDownload background channel enabled
		}
		userPrefs { * }
	}
	system {
		appleModelId hasWinPackageId isWow64 isWowARM64 memoryMB virtualMaxMB
		cpu {
			cores count extensions family isWindowsSMode l2cacheKB l3cacheKB model name speedMHz stepping vendor
		}
		gfx {
			ContentBackend D2DEnabled DWriteEnabled EmbeddedInFirefoxReality Headless
			adapters {
				GPUActive RAM description deviceID driver driverDate driverVendor driverVersion subsysID vendorID
			}
			features {
				compositor
				advancedLayers { status }
				d2d { status version }
				d3d11 {
					blocklisted status textureSharing version warp
				}
				gpuProcess { status }
				hwCompositing { status }
				omtp { status }
				openglCompositing { status }
				webrender { status }
				wrCompositor { status }
				wrQualified { status }
				wrSoftware { status }
			}
			monitors {
				pseudoDisplay refreshRate scale screenHeight screenWidth
			}
		}
		hdd {
			binary { model revision type }
			profile { model revision type }
			system { model revision type }
		}
		os {
			hasPrefetch hasSuperfetch installYear locale name servicePackMajor servicePackMinor version windowsBuildNumber
			windowsUBR
		}
		sec { antispyware antivirus firewall }
	}
}
upload_file_minidump_browser {
	mdsw_status_string stackwalk_version success
	` + dumpFields + `
}
`

// dumpFields are those of processedFields that tell what was in a minidump: the crash's own, or that of the browser.
const dumpFields = `
json_dump {
	main_module modules_contains_cert_info pid status thread_count
	crash_info {
		address assertion crash_inconsistencies crashing_thread! instruction type!
		memory_accesses { address size }
		possible_bit_flips {
			address confidence source_register
			details {
				is_null nearby_registers poison_registers was_low was_non_canonical
			}
		}
	}
	crashing_thread {
		frame_count last_error_value thread_name threads_index truncated
		` + threadFrames + `
	}
	lsb_release {
		codename description id release
	}
	mac_crash_info {
		num_records
		records {
			abort_cause backtrace dialog_mode message message2 module signature_string thread
		}
	}
	modules {
		base_addr cert_subject code_id corrupt_symbols debug_file debug_id end_addr filename loaded_symbols missing_symbols
		symbol_url version
	}
	system_info {
		cpu_arch cpu_count cpu_info cpu_microcode_version os! os_ver
	}
	threads {
		frame_count last_error_value! thread_name truncated
		` + threadFrames + `
	}
	unloaded_modules {
		base_addr cert_subject code_id end_addr filename
	}
}
`

// threadFrames are those of dumpFields that make up a stack.
const threadFrames = `
frames {
	file! frame function! function_offset line! missing_symbols module! module_offset! offset! trust
	inlines { file! function! line! }
	truncated { msg }
	unloaded_modules { module! offsets }
}
`

// The members of a raw crash that everybody may see.
const rawFields = `
AbortMessage Accessibility AccessibilityClient AccessibilityInProcClient AdapterDeviceID AdapterDriverVersion
AdapterSubsysID AdapterVendorID Add-ons Android_Board Android_Brand Android_CPU_ABI Android_CPU_ABI2 Android_Device
Android_Display Android_Fingerprint Android_Hardware Android_Manufacturer Android_Model Android_PackageName
Android_Version AppInitDLLs ApplicationBuildID AsyncShutdownTimeout AvailablePageFile AvailablePhysicalMemory
AvailableVirtualMemory BackgroundTaskName BuildID CPUArchitecture CPUInfo CPUMicrocodeVersion CoMarshalInterfaceFailure
CoUnmarshalInterfaceResult ContentSandboxCapabilities ContentSandboxCapable ContentSandboxEnabled ContentSandboxLevel
CrashTime DOMFissionEnabled DOMIPCEnabled DistributionID EMCheckCompatibility GMPPlugin GraphicsCriticalError
GraphicsStartupTest Hang HasDeviceTouchScreen IPCFatalErrorMsg IPCFatalErrorProtocol IPCMessageName IPCMessageSize
IPCShutdownState IPCSystemError InstallTime IsGarbageCollecting JSLargeAllocationFailure LinuxLSBDescription
MacAvailableMemorySysctl MacMemoryPressure MacMemoryPressureCriticalTime MacMemoryPressureNormalTime
MacMemoryPressureSysctl MacMemoryPressureWarningTime Marionette Notes OOMAllocationSize OS OSVersion PluginFilename
PluginName PluginVersion ProcessType ProductID ProductName QuotaManagerShutdownTimeout ReleaseChannel RemoteAgent
SafeMode SecondsSinceLastCrash ShutdownProgress ShutdownReason StartupCrash StartupTime SubmittedFrom
SubmittedFromInfobar SystemMemoryUsePercentage TelemetryEnvironment Throttleable TotalPageFile TotalPhysicalMemory
TotalVirtualMemory UptimeTS UtilityActorsName UtilityProcessSandboxingKind Vendor Version WindowsErrorReporting
Winsock_LSP XPCOMSpinEventLoopStack ipc_channel_error submitted_timestamp useragent_locale uuid version
`
