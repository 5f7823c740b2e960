// Ring.cs: Alice calls Bob from C#. Both live in this process, so no server is needed; an application keeps one side.
//
//   mcs Ring.cs RtmCall.cs -out:ring.exe && LD_LIBRARY_PATH=<where librtm_call.so is> mono ring.exe
//
// With --pump the events come on this thread, once a frame: what a game engine wants, whose scripts run on the main
// thread only. Without it they come on threads of the library, one a service.
using System;
using System.Threading;
using RtmCall;

static class Ring
{
    static readonly CountdownEvent Heard = new CountdownEvent(2); // one for each side that knows how the call ended
    static int standing;

    static int Main(string[] arguments)
    {
        bool pump = arguments.Length == 1 && arguments[0] == "--pump";
        if (arguments.Length > 0 && !pump)
        {
            bool help = arguments[0] == "--help" || arguments[0] == "-h";
            (help ? Console.Out : Console.Error).WriteLine(
                "usage: ring.exe [--pump]\nExit code 0: both know of the call; 1: not; 2: wrong usage.");
            return help ? 0 : 2;
        }
        Delivery delivery = pump ? Delivery.Pump : Delivery.OwnWorker;
        int main = Thread.CurrentThread.ManagedThreadId;
        bool elsewhere = false; // an event came on another thread
        using (var alice = new Service("ring", delivery))
        using (var bob = new Service("ring", delivery))
        {
            alice.LoginFailed += why => End("alice cannot log in: " + why, false);
            alice.LocalRinging += call => Console.WriteLine("alice: it rings at {0}", call.CalleeId);
            alice.LocalAccepted += (call, response) =>
            {
                elsewhere |= Thread.CurrentThread.ManagedThreadId != main;
                End(string.Format("alice: {0} accepts: \"{1}\"", call.CalleeId, response), true);
            };
            alice.LocalFailed += (call, why) => End("alice: no call: " + why, false);

            bob.LoginFailed += why => End("bob cannot log in: " + why, false);
            bob.RemoteReceived += call => // a real callee would show a window here and answer later, from any thread
            {
                Console.WriteLine("bob: {0} calls: \"{1}\"", call.CallerId, call.Content);
                call.Response = "très volontiers";
                call.Accept();
            };
            bob.RemoteAccepted += call =>
            {
                string channel = call.ChannelId;
                call.Release();
                End("bob: the call stands; both may join " + channel + " now", true);
            };
            alice.Faulted += fault => End(fault.ToString(), false);
            bob.Faulted += fault => End(fault.ToString(), false);

            bob.Login("bob");
            alice.Login("alice");
            LocalInvitation invitation = alice.CreateInvitation("bob");
            invitation.ChannelId = "room-1";
            invitation.Content = "Es-tu là ?";
            invitation.Send();    // held until the login has succeeded
            invitation.Release(); // its events still come

            DateTime until = DateTime.UtcNow.AddSeconds(30);
            while (!Heard.Wait(10) && DateTime.UtcNow < until) // a frame
            {
                if (pump)
                {
                    alice.Dispatch();
                    bob.Dispatch();
                }
            }
        }
        Console.WriteLine("events came on {0}", elsewhere ? "threads of the library" : "the main thread");
        return standing == 2 && elsewhere != pump ? 0 : 1;
    }

    static void End(string line, bool stands)
    {
        Console.WriteLine(line);
        if (stands) Interlocked.Increment(ref standing);
        if (!Heard.IsSet) Heard.Signal();
    }
}
