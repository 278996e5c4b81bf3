// Package serve makes signatures over HTTP: as the CrashSignature endpoint of Crash Stats does, and as a remote function
// of BigQuery. It trusts nobody who can reach it with more than the limits allow, and keeps nothing of what it is sent.
package serve
