package report

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
)

// GroupID names a group by its signatures alone, so that a link to it holds in every report that has the group.
// A group's place or number would not: others come before it in another report.
func GroupID(p compare.Pair) string { return "g" + shortDigest(p.Base, p.Candidate) }

// lineID names a changed line, wherever it stands in its list.
func lineID(c siglists.Change) string {
	return "l" + shortDigest(fmt.Sprint(c.Added), string(c.Line.List), c.Line.Text)
}

// shortDigest tells lists of strings apart: 48 bits, so that even among a hundred thousand two alike are not to be
// expected.
func shortDigest(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return fmt.Sprintf("%x", sum[:6])
}

// link is a text that leads somewhere; nowhere without an address.
type link struct{ Text, URL string }

// signatureURL is where the service's reports on signatures are, of the days that a corpus is of: a signature is put
// behind it. It is empty without a host.
// Days are UTC, and the last one is inside: the search ends before the day after it.
func signatureURL(host string, c Corpus) string {
	u := service(host)
	if u == nil {
		return ""
	}
	query := url.Values{}
	if last, err := time.Parse(time.DateOnly, c.Last); err == nil {
		query["date"] = []string{">=" + c.First, "<" + last.AddDate(0, 0, 1).Format(time.DateOnly)}
	}
	query.Set("signature", "") // the last by name
	return u.JoinPath("signature/").String() + "?" + query.Encode()
}

// bugsURL is where the bugs are that carry a signature, which is put behind it.
const bugsURL = bugzilla + "buglist.cgi?query_format=advanced&f1=cf_crash_signature&o1=substring&v1="

// commitURL is a commit of a repository on the web; empty where there is none.
func commitURL(repository, revision string) string {
	if repository == "" || revision == "" {
		return ""
	}
	return repository + "/commit/" + revision
}

// revision is a commit by its short hash, as a link where it is on the web.
type revision struct {
	link
	Title string // the whole hash
}

func newRevision(repository, hash string) revision {
	return revision{link{Commit{Revision: hash}.Short(), commitURL(repository, hash)}, hash}
}

// commitLinks is a commit with what it names as links.
type commitLinks struct {
	Day      string
	Revision revision
	Subject  []link
}

func newCommitLinks(repository string, c Commit) commitLinks {
	return commitLinks{day(c.Date), newRevision(repository, c.Revision), linked(repository, c.Subject)}
}

// lineURL is a line of the siglists of a side on the web; empty where it isn't known to be there.
// Only a commit has a line at a place that stays. A line of a directory, or of an edit, has none on the web.
func (s Side) lineURL(l siglists.Line) string {
	if s.Repository == "" || s.Revision == "" || l.Number == 0 {
		return ""
	}
	return fmt.Sprintf("%s/blob/%s/%s#L%d", s.Repository, s.Revision, path.Join(s.Folder, l.List.File()), l.Number)
}

// numbers are how the subject of a commit names its bugs, in words or by the branch that was merged, and pull requests or
// issues: the web leads from either of these to what it is. "Bug #123456" is one number, of a bug.
var numbers = lazyregexp.New(`(?i)(?:\bbugs? *[-:#]?|/(?:bug)?-?) *([0-9]{5,8})\b|(?:^|[ (])(#[0-9]{1,6})\b`)

// linked is a commit's text with its bugs, and pull requests of a repository on the web, as links.
// Text and links together are the whole text again.
func linked(repository, text string) []link {
	var links []link
	end := 0
	for _, at := range numbers().FindAllStringSubmatchIndex(text, -1) {
		from, to, url := at[2], at[3], bugAddress
		switch {
		case from >= 0:
		case repository == "":
			continue
		default:
			from, to, url = at[4], at[5], repository+"/pull/"
		}
		links = append(links, link{Text: text[end:from]}, link{text[from:to], url + strings.TrimPrefix(text[from:to], "#")})
		end = to
	}
	return slices.DeleteFunc(append(links, link{Text: text[end:]}), func(l link) bool { return l.Text == "" })
}
