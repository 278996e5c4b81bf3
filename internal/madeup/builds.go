package madeup

// build is one released version of a product.
type build struct {
	product, version, channel, id string
	repository, revision          string // of the sources, as frames name them
	weight                        float64
}

// Made-up revisions and build ids of the versions that there might be in October 2026.
var desktopBuilds = []build{
	{"Firefox", "145.0.1", "release", "20261012131415", "hg.mozilla.org/releases/mozilla-release", "3f1c0b9a7e52", 40},
	{"Firefox", "145.0", "release", "20261005090807", "hg.mozilla.org/releases/mozilla-release", "b7d24c6e0a11", 14},
	{"Firefox", "140.5.0esr", "esr", "20261007101112", "hg.mozilla.org/releases/mozilla-esr140", "90ab34cd56ef", 14},
	{"Firefox", "146.0b4", "beta", "20261014083025", "hg.mozilla.org/releases/mozilla-beta", "5ce01f72d893", 16},
	{"Firefox", "147.0a1", "nightly", "20261015213344", "hg.mozilla.org/mozilla-central", "e4a9d0075b3c", 11},
	{"Thunderbird", "140.5.0esr", "release", "20261008111213", "hg.mozilla.org/releases/comm-esr140", "17b2c3d4e5f6", 5},
}

// Those of phones come from the same revisions, under the names of other products.
var mobileBuilds = []build{
	{"Fenix", "145.0.1", "release", "20261012131415", "hg.mozilla.org/releases/mozilla-release", "3f1c0b9a7e52", 70},
	{"Fenix", "146.0b4", "beta", "20261014083025", "hg.mozilla.org/releases/mozilla-beta", "5ce01f72d893", 15},
	{"Fenix", "147.0a1", "nightly", "20261015213344", "hg.mozilla.org/mozilla-central", "e4a9d0075b3c", 10},
	{"Focus", "145.0.1", "release", "20261012131415", "hg.mozilla.org/releases/mozilla-release", "3f1c0b9a7e52", 5},
}

// buildsOf are the builds for a platform: products differ between computers and phones.
func buildsOf(os int) []build {
	if os == android {
		return mobileBuilds
	}
	return desktopBuilds
}

// drawBuild draws the index of a build, as often as its weight says.
func drawBuild(r *rng, builds []build) int {
	return weigh(builds, func(b build) float64 { return b.weight }).draw(r)
}
