/**
 * netfilter: packets on their way through the kernel, in every network namespace.
 *
 * Rows: family "netfilter"; props pf, hooknum, priority: the kernel's numbers (linux/netfilter.h).
 * Context: "tparg" 0..5 as `$hooknum`, `$skb`, `$in`, `$out`, `$okfn`, and `$verdict`, what becomes
 * of the packet (1: accept), which guru scripts may set.
 */
import { CEnumerator, CKind, CMember, CParam, CType } from "../front/oracle/ctype.ts";
import { KernelOracle, Place, PlaceKind, Variable } from "../front/oracle/oracle.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";

const FAMILIES: string[] = ["NFPROTO_IPV4", "NFPROTO_ARP", "NFPROTO_BRIDGE", "NFPROTO_IPV6"];
const FAMILY_NUMBERS: string[] = ["2", "3", "7", "10"];
/** What the names of a family's hooks begin with, besides NF_INET_ where that is meant. */
const HOOK_PREFIXES: string[] = ["NF_IP_", "NF_ARP_", "NF_BR_", "NF_IP6_"];
const IP_HOOKS: string[] = ["PRE_ROUTING", "LOCAL_IN", "FORWARD", "LOCAL_OUT", "POST_ROUTING"];
const BRIDGE_HOOKS: string[] = [
  "PRE_ROUTING",
  "LOCAL_IN",
  "FORWARD",
  "LOCAL_OUT",
  "POST_ROUTING",
  "BROUTING",
];
const ARP_HOOKS: string[] = ["IN", "OUT", "FORWARD"];
const PRIORITIES: string[] = [
  "FIRST",
  "RAW_BEFORE_DEFRAG",
  "CONNTRACK_DEFRAG",
  "RAW",
  "SELINUX_FIRST",
  "CONNTRACK",
  "MANGLE",
  "NAT_DST",
  "FILTER",
  "SECURITY",
  "NAT_SRC",
  "SELINUX_LAST",
  "CONNTRACK_HELPER",
  "CONNTRACK_CONFIRM",
  "LAST",
];
const PRIORITY_NUMBERS: string[] = [
  "-2147483648",
  "-450",
  "-400",
  "-300",
  "-225",
  "-200",
  "-150",
  "-100",
  "0",
  "50",
  "100",
  "225",
  "300",
  "2147483647",
  "2147483647",
];

export class NetfilterFamily extends ProbeFamily {
  constructor() {
    super();
    const doc = "packets of protocol family pf that come by the hook";
    this.form("netfilter.hook(S).pf(S)", doc, "sys");
    this.form("netfilter.pf(S).hook(S)", doc, "sys");
    this.form("netfilter.hook(S).pf(S).priority(S)", doc + ", in order of priority", "sys");
    this.form("netfilter.pf(S).hook(S).priority(S)", doc + ", in order of priority", "sys");
  }

  resolve(query: PointQuery): void {
    const family: i32 = FAMILIES.indexOf(query.textOf("pf"));
    if (family < 0) {
      query.problem = "the protocol family is one of " + FAMILIES.join(", ");
      return;
    }
    const hooks = family == 1 ? ARP_HOOKS : (family == 2 ? BRIDGE_HOOKS : IP_HOOKS);
    const hook: i32 = hookNumber(query.textOf("hook"), HOOK_PREFIXES[family], hooks);
    if (hook < 0) {
      query.problem = "the hooks of " + FAMILIES[family] + " are " + HOOK_PREFIXES[family] +
        hooks.join(", " + HOOK_PREFIXES[family]);
      return;
    }
    const priority = priorityNumber(query.has("priority") ? query.textOf("priority") : "0");
    if (priority == "") {
      query.problem = "a priority is a number, or NF_IP_PRI_ and one of " + PRIORITIES.join(", ");
      return;
    }
    const match = new PointMatch("netfilter", query.text());
    match.prop("pf", FAMILY_NUMBERS[family]);
    match.prop("hooknum", hook.toString());
    match.prop("priority", priority);
    addVariables(match, query.oracle);
    query.matches.push(match);
  }
}

function hookNumber(name: string, prefix: string, hooks: string[]): i32 {
  if (name.startsWith(prefix)) return hooks.indexOf(name.substring(prefix.length));
  const inet = "NF_INET_";
  if (name.startsWith(inet) && hooks != ARP_HOOKS) {
    return hooks.indexOf(name.substring(inet.length));
  }
  return -1;
}

/** Decimal text of a priority, or "". */
function priorityNumber(text: string): string {
  for (let i: i32 = 0; i < PRIORITIES.length; i++) {
    if (text == "NF_IP_PRI_" + PRIORITIES[i] || text == "NF_IP6_PRI_" + PRIORITIES[i]) {
      return PRIORITY_NUMBERS[i];
    }
  }
  const digits = text.startsWith("-") ? text.substring(1) : text;
  if (digits.length == 0 || digits.length > 9) return "";
  for (let i: i32 = 0; i < digits.length; i++) {
    const c = digits.charCodeAt(i);
    if (c < 48 || c > 57) return "";
  }
  return text;
}

function addVariables(match: PointMatch, oracle: KernelOracle): void {
  const device = pointerTo(oracle.typeByName("struct net_device", ""));
  const number = new PlainType(CKind.Int, "unsigned int", 4, false, null);
  const verdict = new PlainType(CKind.Int, "int", 4, true, null);
  addVariable(match, "hooknum", number);
  addVariable(match, "skb", pointerTo(oracle.typeByName("struct sk_buff", "")));
  addVariable(match, "in", device);
  addVariable(match, "out", device);
  addVariable(match, "okfn", pointerTo(null));
  addVariable(match, "verdict", verdict);
  match.writable = "verdict";
}

function addVariable(match: PointMatch, name: string, type: CType): void {
  const place = new Place(PlaceKind.TracepointArgument, match.variables.length, "");
  match.variables.push(new Variable(name, type, place));
}

function pointerTo(target: CType | null): CType {
  return new PlainType(CKind.Pointer, "", 8, false, target);
}

/** An integer, or a pointer to a type that the oracle knows. */
class PlainType extends CType {
  constructor(kind: CKind, name: string, size: i32, signed: bool, private to: CType | null) {
    super(kind, name, size, signed);
  }

  target(): CType | null {
    return this.to;
  }

  length(): i32 {
    return 0;
  }

  members(): CMember[] {
    return [];
  }

  enumerators(): CEnumerator[] {
    return [];
  }

  params(): CParam[] {
    return [];
  }

  isChar(): bool {
    return false;
  }

  isBool(): bool {
    return false;
  }
}
