using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class FieldLayoutTests
{
    private static readonly FieldLayout s_layout = new((FieldLayout.Bonds, 2), (FieldLayout.Angles, 1), (FieldLayout.Torsions, 3),
        (FieldLayout.Core, 0));

    static FieldLayoutTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void Split_and_merge_are_inverse()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = arange(12, dtype: ScalarType.Float32).reshape(2, 6);
        Tensor merged = s_layout.Merge(s_layout.Fields.ToDictionary(f => f.Name, f => s_layout.Split(x, f.Name)));
        Assert.Equal(x.bytes.ToArray(), merged.bytes.ToArray());
        Assert.Equal([3f, 4, 5, 9, 10, 11], s_layout.Split(x, "torsions").contiguous().data<float>().ToArray());
        Assert.Equal([3, 4, 5, 0, 1], s_layout.Columns("torsions", "bonds"));
        Assert.Equal(6, s_layout.Dimension);
    }

    [Fact]
    public void Wrong_names_and_widths_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Contains("bonds, angles, torsions, core", Assert.Throws<ArgumentException>(() => s_layout["bond"]).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new FieldLayout(("a", 1), ("a", 2)));
        Assert.Throws<ArgumentException>(() => new FieldLayout(("a", 0)));
        Assert.Throws<ArgumentException>(() => s_layout.Split(zeros(2, 5), "bonds"));
        Assert.Throws<ArgumentException>(() => s_layout.Merge(new Dictionary<string, Tensor> { ["bonds"] = zeros(2, 2) }));
    }

    [Fact]
    public void Domains_say_what_they_hold()
    {
        using DisposeScope scope = NewDisposeScope();
        Domain domain = new([Axis.Real, Axis.Real, Axis.Interval(0, 1), Axis.Circle(0, 3)]);
        Assert.Equal("R x 2, [0, 1], circle of 3 from 0", $"{domain}");
        Assert.Equal(domain, new([.. domain]));
        Assert.NotEqual(domain, domain.Select([1, 0, 2, 2]));
        Tensor x = tensor(new[] { 0.0, 1e300, 1, 50, 0, 0, 1.0000000001, 0, 0, 0, -0.0, double.NaN, double.PositiveInfinity, 0, 0, 0 },
            [4, 4]);
        Assert.Equal([true, false, false, false], domain.Contains(x).data<bool>().ToArray());
        Assert.Throws<ArgumentException>(() => Axis.Interval(1, 1));
        Assert.Throws<ArgumentException>(() => Axis.Circle(0, double.PositiveInfinity));
        Assert.Throws<ArgumentException>(() => new Domain([]));
    }
}
