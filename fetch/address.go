package fetch

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sigdiff/sigdiff/internal/address"
)

// parseHTTP reads an address with a host, http or https; without a scheme https is meant. One that holds
// credentials is refused: they would be sent, and the host looks like another one
// (https://crash-stats.mozilla.org@HOST). So is a host that is not ASCII, since it can look like another one
// too. No error shows what may be a password.
func parseHTTP(text string) (*url.URL, error) {
	// People leave the scheme out. Without one url.Parse would take the host for a part of the path.
	if !strings.Contains(text, "://") {
		text = "https://" + strings.TrimPrefix(text, "//")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("%.200q is none of http or https", address.WithoutUser(text))
	case u.User != nil:
		return nil, fmt.Errorf("its host is %.200q, and what stands before the @ are credentials: leave them out", u.Host)
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > '~' }):
		return nil, fmt.Errorf("its host %+.200q is not ASCII: write it in ASCII, as xn--NAME", u.Host)
	}
	u.Host = host(u)
	return u, nil
}

// host is the host and port of an address in one spelling: in lower case, the default port left out. Of a redirect's, a letter may
// become an ASCII one; what looks like our host then is asked as that.
func host(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Host), ":")
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}

// origin is scheme, host and port, the default port left out.
func origin(u *url.URL) string { return u.Scheme + "://" + host(u) }

// withoutPassword is [address.WithoutUser] for what an error says, such as one over the address of a proxy.
func withoutPassword(err error) error {
	if text := err.Error(); address.WithoutUser(text) != text {
		return errors.New(address.WithoutUser(text))
	}
	return err
}
