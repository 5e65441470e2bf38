Console.WriteLine("molsampling");
