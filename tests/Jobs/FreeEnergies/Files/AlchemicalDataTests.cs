using System.Text;
using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;

namespace MolSampling.Tests.Jobs.FreeEnergies.Files;

/// <summary>Files put together: order, continuations, repeats, and what does not belong; thousands of mangled ones.</summary>
public sealed class AlchemicalDataTests : AlchemicalFolder
{
    [Fact]
    public void Windows_come_together_whatever_their_order()
    {
        AlchemicalFile a = XvgReader.Read(PutWindow("z.xvg", 0)), b = XvgReader.Read(PutWindow("m.xvg", 0.25, [0, 1])),
            c = XvgReader.Read(PutWindow("a.xvg", 1, [0, 1, 2, 3]));
        var data = AlchemicalData.Combine([c, a, b]);
        Assert.Equal([3, 2, 4], data.Counts);
        Assert.Equal([0, 0.25, 1], data.States.Select(s => s.Values[0]));
        Assert.Equal(["z.xvg", "m.xvg", "a.xvg"], data.Blocks.Select(x => Path.GetFileName(x.Source)));
        Assert.Equal([0, 1, 2, 0, 1, 0, 1, 2, 3], data.Times);
        for (int k = 0; k < 3; k++)
        {
            Assert.Equal(a.ReducedPotentials![2 * 3 + k], data.ReducedPotentials![k * 9 + 2]);
            Assert.Equal(b.ReducedPotentials![3 + k], data.ReducedPotentials![k * 9 + 4]);
        }
        Assert.Equal(c.Gradients!, data.GradientsOf(2).ToArray());
        Assert.Equal(data.ReducedPotentials!, AlchemicalData.Combine([a, b, c]).ReducedPotentials!);
    }

    [Fact]
    public void A_state_may_have_continuations_and_repeats_and_none()
    {
        AlchemicalFile one = XvgReader.Read(PutWindow("part1.xvg", 0, [0, 1, 2])), two = XvgReader.Read(PutWindow("part2.xvg", 0, [2, 3])),
            other = XvgReader.Read(PutWindow("repeat.xvg", 0, [0, 1], 0.5));
        var chain = AlchemicalData.Combine([two, one]);
        Assert.Equal([4, 0, 0], chain.Counts);
        Assert.Equal([0, 1, 2, 3], chain.Times);
        Assert.Equal([false, true], chain.Blocks.Select(b => b.Continues));
        Assert.Contains(chain.Notes, n => n.Contains("2 runs continue each other", StringComparison.Ordinal));
        Assert.Contains(chain.Notes, n => n.Contains("was left out", StringComparison.Ordinal) && n.Contains("part2.xvg",
            StringComparison.Ordinal));
        var repeats = AlchemicalData.Combine([other, one]);
        Assert.Equal([0, 1, 2, 0, 1], repeats.Times);
        Assert.All(repeats.Blocks, b => Assert.False(b.Continues));
        Assert.Contains("2 runs overlap in time with different numbers and count as independent", Assert.Single(repeats.Notes),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_do_not_belong_together_are_named()
    {
        AlchemicalFile a = XvgReader.Read(PutWindow("a.xvg", 0)), copy = XvgReader.Read(PutWindow("copy.xvg", 0));
        AlchemicalFile warm = XvgReader.Read(Put("warm.xvg", Window(0.25, [0, 1], 310))),
            named = XvgReader.Read(Put("named.xvg", Window(0.25, [0, 1], name: "vdw-lambda")));
        AlchemicalFile outside = XvgReader.Read(Put("outside.xvg", Window(0.5, [0, 1])));
        string Combined(params AlchemicalFile[] files) => Error(() => AlchemicalData.Combine(files)).Replace(Folder
            + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        Assert.Equal("a.xvg: was given 2 times", Combined(a, a));
        Assert.Equal("copy.xvg: has the same rows of state 0 as a.xvg: was the same file given twice?", Combined(a, copy));
        Assert.Equal("warm.xvg: is at 310 K, but a.xvg is at 300 K", Combined(a, warm));
        Assert.Equal("named.xvg: its lambdas are vdw-lambda, those of a.xvg are fep-lambda", Combined(a, named));
        Assert.Equal("outside.xvg: was sampled in state 0.5, which is none of its columns (0, 0.25, 1)", Combined(a, outside));
        Assert.Contains("a.xvg: is at 300 K, but 310 K was given", Error(() => AlchemicalData.Combine([a], 310)), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => AlchemicalData.Combine([]));
    }

    [Fact]
    public async Task Tables_of_the_same_rows_are_joined_and_what_is_missing_is_said()
    {
        AlchemicalFile a = XvgReader.Read(PutWindow("a.xvg", 0)), b = XvgReader.Read(PutWindow("b.xvg", 1));
        AlchemicalFile au = await Written(a, "a_u.parquet"), ad = await Written(a, "a_d.parquet", true),
            bu = await Written(b, "b_u.parquet"), bd = await Written(b, "b_d.parquet", true);
        AlchemicalData whole = AlchemicalData.Combine([a, b]), joined = AlchemicalData.Combine([bd, au, ad, bu]);
        Assert.Equal(whole.ReducedPotentials!, joined.ReducedPotentials!);
        Assert.Equal(whole.Gradients!, joined.Gradients!);
        Assert.Empty(joined.Notes);
        var onlyU = AlchemicalData.Combine([au, bu]);
        Assert.Null(onlyU.Gradients);
        Assert.Contains("thermodynamic integration is not possible", Assert.Single(onlyU.Notes), StringComparison.Ordinal);
        var onlyD = AlchemicalData.Combine([ad, bd]);
        Assert.Null(onlyD.ReducedPotentials);
        Assert.Equal(2, onlyD.States.Count);
        Assert.Contains("MBAR are not possible", Assert.Single(onlyD.Notes), StringComparison.Ordinal);
        AlchemicalFile r = XvgReader.Read(PutWindow("r.xvg", 0, shift: 1)), ru = await Written(r, "r_u.parquet"),
            rd = await Written(r, "r_d.parquet", true);
        AlchemicalData repeats = AlchemicalData.Combine([au, ad, ru, rd]);
        Assert.Equal(AlchemicalData.Combine([a, r]).Gradients!, repeats.Gradients!);
        Assert.Contains(repeats.Notes, n => n.Contains("2 dHdl tables have its rows", StringComparison.Ordinal));
        Assert.Contains("b_d.parquet: has dH/dlambda only", Error(() => AlchemicalData.Combine([au, ad, bd])), StringComparison.Ordinal);
    }

    /// <summary>Files with a few bytes changed or the end missing: every one is read or refused in one line that names the file.</summary>
    [Fact]
    public async Task Thousands_of_mangled_files_at_the_door()
    {
        string text = Window(0.25, [.. Enumerable.Range(0, 40).Select(i => 0.5 * i)]);
        await Written(XvgReader.Read(Put("a.xvg", text)), "u.parquet");
        var random = new MolSampling.Sampling.RandomSource(7);
        (string Name, byte[] Bytes, int Count)[] kinds = [("m.xvg", Encoding.UTF8.GetBytes(text), 2000), ("m.xvg.bz2", Compress(text, true),
            300), ("m.xvg.gz", Compress(text, false), 1000),
            ("m.parquet", File.ReadAllBytes(Path.Combine(Folder, "u.parquet")), 500)];
        foreach ((string name, byte[] bytes, int count) in kinds)
        {
            string path = Path.Combine(Folder, name);
            int refused = 0;
            for (int n = 0; n < count; n++)
            {
                byte[] mangled = random.NextInt(10) == 0 ? bytes[..random.NextInt(bytes.Length)] : [.. bytes];
                for (int change = random.NextInt(4); change > 0 && mangled.Length > 0; change--)
                    mangled[random.NextInt(mangled.Length)] = (byte)random.NextInt(256);
                File.WriteAllBytes(path, mangled);
                try
                {
                    _ = name.EndsWith("parquet", StringComparison.Ordinal) ? await AlchemicalParquet.ReadAsync(path) : XvgReader.Read(path);
                }
                catch (InvalidDataException e)
                {
                    refused++;
                    Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                    Assert.DoesNotContain('\n', e.Message);
                }
            }
            Assert.InRange(refused, count / 4, count - 1); // some stay as they were
        }
    }

    [Theory]
    [InlineData("0,0 1,0 1,1 0.5,0 1,0.5", "0,0 0.5,0 1,0 1,0.5 1,1")] // charges, then van der Waals
    [InlineData("1,1 0,0 0,1 0,0.5 0.5,1", "0,0 0,0.5 0,1 0.5,1 1,1")] // the other way round
    [InlineData("1,0 0,1 1,1 0.5,1 1,0.5", "0,1 0.5,1 1,1 1,0.5 1,0")] // restraints on, then charges off
    [InlineData("0,0 0,1 1,0 1,1", "0,0 0,1 1,0 1,1")] // a grid is no path
    public void States_are_in_the_order_of_the_path(string given, string expected)
    {
        static LambdaState[] Parse(string text) =>
            [.. text.Split(' ').Select(s =>
            new LambdaState([.. s.Split(',').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture))]))];
        Assert.Equal(Parse(expected), LambdaOrder.Along(Parse(given)));
    }
}
