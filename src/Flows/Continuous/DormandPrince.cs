using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>
/// Order 5 with an embedded order 4 and steps by PI control: J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6 (1980) 19; control and
/// constants of E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I, section II.4. A step is taken if |error| is
/// below tolerance (1 + |y|) in every number of every row. A row that 1e-4 of the interval cannot follow is given up: NaN at the end,
/// without an effect on the others.
/// </summary>
/// <param name="tolerance">Of a step, relative to 1 + |y|; in float32 not below 2e-7, where rounding begins.</param>
public sealed class DormandPrince(double tolerance = 1e-6) : OdeSolver
{
    private const double Safety = 0.9, Memory = 0.04, SmallestStep = 1e-4;

    private static readonly double[] s_times = [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1];

    private static readonly double[][] s_stages =
    [
        [],
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ];

    private static readonly double[] s_error = [71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40];

    private readonly double _tolerance = tolerance > 0 ? tolerance : throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance,
        "above 0");

    /// <inheritdoc/>
    public override Tensor Solve(OdeFunction f, Tensor y, double from, double to)
    {
        double tolerance = Math.Max(_tolerance, y.dtype == ScalarType.Float32 ? 2e-7 : 1e-14), span = to - from,
            smallest = SmallestStep * Math.Abs(span);
        double t = from, step = Math.Abs(span) * Math.Min(1, 0.5 * Math.Pow(tolerance, 0.2)), previous = 1e-4;
        Tensor slope = f(y, t), lost = zeros(y.shape[0], dtype: ScalarType.Bool, device: y.device);
        bool anyLost = false, rejected = false;
        while (Math.Abs(to - t) > 1e-13 * Math.Abs(span))
        {
            using DisposeScope scope = NewDisposeScope();
            step = Math.Min(Math.Max(step, smallest), Math.Abs(to - t));
            double h = Math.CopySign(step, span);
            var k = new Tensor[7];
            (k[0], Tensor end) = (slope, y);
            for (int s = 1; s < 7; s++)
            {
                end = y + Combined(k, s_stages[s]) * h;
                k[s] = f(end, t + s_times[s] * h);
            }
            Tensor errors = Errors(y, end, Combined(k, s_error) * h, lost) / tolerance;
            double error = errors.max().item<double>();
            if (!(error <= 1))
            {
                if (step > smallest)
                {
                    step *= double.IsFinite(error) ? Math.Max(0.2, Safety * Math.Pow(error, -0.2)) : 0.2;
                    rejected = true;
                    continue;
                }
                lost = (lost | (errors > 1)).MoveToOuterDisposeScope();
                anyLost = true;
            }
            if (anyLost)
                (end, k[6]) = (where(lost.unsqueeze(1), y, end), where(lost.unsqueeze(1), zeros_like(y), k[6]));
            t = step >= Math.Abs(to - t) ? to : t + h;
            (y, slope) = (end.MoveToOuterDisposeScope(), k[6].MoveToOuterDisposeScope());
            error = Math.Clamp(error, 1e-10, 1);
            double factor = Math.Min(5, Safety * Math.Pow(error, 0.75 * Memory - 0.2) * Math.Pow(previous, Memory));
            step *= rejected ? Math.Min(1, factor) : factor; // no growth right after a rejection
            (previous, rejected) = (Math.Max(error, 1e-4), false);
        }
        return anyLost ? y.masked_fill(lost.unsqueeze(1), double.NaN) : y;
    }

    private static Tensor Combined(Tensor[] k, double[] weights)
    {
        Tensor sum = k[0] * weights[0];
        for (int s = 1; s < weights.Length; s++)
            if (weights[s] != 0)
                sum = sum.add(k[s], alpha: weights[s]);
        return sum;
    }

    // the largest of each row, infinite where it is not a number, zero for rows that were given up
    private static Tensor Errors(Tensor y, Tensor end, Tensor difference, Tensor lost)
    {
        using IDisposable constant = no_grad();
        Tensor largest = (difference.abs() / (1 + maximum(y.abs(), end.abs()))).amax([1L]).to(ScalarType.Float64);
        return largest.nan_to_num(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity).masked_fill(lost, 0);
    }
}
