using MolSampling.Flows.Continuous;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Continuous;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class OdeSolverTests
{
    static OdeSolverTests() => TorchRuntime.EnsureLoaded();

    /// <summary>y' = -2 t y^2 + cos t y: depends on time; y(t) = e^sin t / (1/y0 + 2 integral of s e^sin s), the integral by Simpson's
    /// rule.</summary>
    private static Tensor Slope(Tensor y, double t) => y.square() * (-2 * t) + y * Math.Cos(t);

    private static double Exact(double y0, double t)
    {
        const int panels = 2000;
        double h = t / panels, integral = 0;
        for (int k = 0; k <= panels; k++)
            integral += (k == 0 || k == panels ? 1 : k % 2 == 1 ? 4 : 2) * h / 3 * (k * h) * Math.Exp(Math.Sin(k * h));
        return Math.Exp(Math.Sin(t)) / (1 / y0 + 2 * integral);
    }

    private static double Error(OdeSolver solver, double from = 0, double to = 2)
    {
        using DisposeScope scope = NewDisposeScope();
        double y0 = from == 0 ? 1.3 : Exact(1.3, from);
        return Math.Abs(solver.Solve(Slope, tensor(new[,] { { y0 } }), from, to).item<double>() - (to == 0 ? 1.3 : Exact(1.3, to)));
    }

    [Fact]
    public void Runge_Kutta_is_of_order_four()
    {
        double ratio = Error(new RungeKutta4(20)) / Error(new RungeKutta4(40));
        Assert.InRange(ratio, 12, 22);
    }

    [Theory]
    [InlineData(1e-4)]
    [InlineData(1e-7)]
    [InlineData(1e-10)]
    public void Dormand_Prince_keeps_its_tolerance_both_ways(double tolerance)
    {
        foreach ((double from, double to) in new[] { (0.0, 2.0), (2.0, 0.0) })
            Assert.InRange(Error(new DormandPrince(tolerance), from, to), 0, 20 * tolerance);
    }

    [Fact]
    public void Steps_follow_the_fifth_root_of_the_tolerance()
    {
        int Calls(double tolerance)
        {
            using DisposeScope scope = NewDisposeScope();
            int calls = 0;
            new DormandPrince(tolerance).Solve((y, t) =>
            {
                calls++;
                return Slope(y, t);
            }, tensor(new[,] { { 1.3 } }), 0, 2);
            return calls;
        }
        // 1e5 in tolerance is 10 in steps; an embedded method of another order would give 1e5^(1/4) = 18 or 1e5^(1/6) = 7
        Assert.InRange((double)Calls(1e-12) / Calls(1e-7), 8, 12.5);
    }

    [Fact]
    public void A_row_that_runs_away_is_NaN_and_the_others_do_not_notice()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor Explosive(Tensor y, double t) => y.square();
        // y = y0 / (1 - y0 t): the second is infinite at 1/2
        Tensor end = new DormandPrince(1e-8).Solve(Explosive, tensor(new[,] { { 0.5 }, { 2.0 }, { -1.0 } }), 0, 1);
        double[] values = [.. end.data<double>()];
        Assert.Equal(1, values[0], 1e-6);
        Assert.True(double.IsNaN(values[1]));
        Assert.Equal(-0.5, values[2], 1e-6);
    }

    [Fact]
    public void Gradients_pass_through_the_steps()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (OdeSolver solver in new OdeSolver[] { new RungeKutta4(50), new DormandPrince(1e-9) })
        {
            Tensor rate = tensor(-0.7, requires_grad: true), start = tensor(new[,] { { 2.0 } }, requires_grad: true);
            IList<Tensor> gradients = autograd.grad([solver.Solve((y, _) => y * rate, start, 0, 1).sum()], [rate, start]); // y = y0 e^rate
            Assert.Equal(2 * Math.Exp(-0.7), gradients[0].item<double>(), 1e-7);
            Assert.Equal(Math.Exp(-0.7), gradients[1].item<double>(), 1e-7);
        }
    }
}
